//===- Interpreter.h - what a compiled program should compute ---*- C++ -*-===//
//
// Executes Program::meaning, the msa ops a program was compiled from, over host tensors with the plain loops of this library.
//
//===----------------------------------------------------------------------===//
#ifndef MSA_REFERENCE_INTERPRETER_H
#define MSA_REFERENCE_INTERPRETER_H
#include "msa/Artifact/Manifest.h"
#include "msa/Reference/Attend.h"

namespace msa::reference {

/// What a value is to the op that makes it or, for an input, to the first op that reads it (slices are looked through).
enum class Role {
  Unknown,
  Query,
  Key,
  Value,
  IndexQuery,
  IndexKey,
  CuSeqlensQ,
  CuSeqlensK,
  PageTable,
  SequsedK,
  Scores,
  Selection,
  SelectedScores,
  Output,
  Lse,
  Partial,
  PartialLse,
  RowOffsets,
  QueryIds,
  Slots,
  Worklist,
  NumItems,
};
/// One role a value, by value number.
std::vector<Role> rolesOf(const Program &program);
/// The meaning op that makes `value`, or nullptr for an input.
const MeaningOp *producerOf(const Program &program, int value);

class Interpreter {
public:
  /// `arguments`: one tensor an argument, in order. Outputs are only looked at by `adoptOutput`. The program must outlive this.
  Interpreter(const Program &program, std::vector<Tensor> arguments);

  /// "" or what is wrong with the inputs (lengths, page ids, selections): nothing is computed, and of the tensors only those of i32 are
  /// read. "msa.attend: 'page_table': expects pages below 512, but [3, 7] is 600", with the argument's name.
  std::string check();
  /// Runs all ops; afterwards `expected` holds the results. "" or what is wrong. With options.rows, only those tokens' rows are valid,
  /// unless the program needs all rows (see computesAllRows).
  std::string run(const Options &options = {});
  /// True where some op mixes tokens, so that `rows` cannot be honoured.
  bool computesAllRows() const;
  /// Ops that read output `argument` see the program's own data instead of the expected ones: with random data a near tie may fall
  /// either way, and what follows a selection is judged by the selection that was really taken.
  void adoptOutput(int argument) { adopted.at(size_t(argument)) = true; }

  /// f64 (or i32) results by value number; outputs of the program are values too.
  const Tensor &expected(int value) const { return owned.at(size_t(value)).view(); }
  /// The operands of an op as plain data. Inputs are there after check, what ops make after run (absent before: empty tensors).
  IndexScoresArgs indexArgs(const MeaningOp &op) const;
  SelectBlocksArgs selectArgs(const MeaningOp &op) const;
  AttendArgs attendArgs(const MeaningOp &op) const;

private:
  std::string execute(const MeaningOp &op, const Options &options, bool checkOnly);
  std::string inArgumentNames(const MeaningOp &op, const std::string &problem) const;
  Tensor operand(const MeaningOp &op, const char *name) const;
  Tensor result(const MeaningOp &op, size_t position, Element element, std::vector<int64_t> shape);
  BatchOperands batchOperands(const MeaningOp &op) const;
  TransposeSelectionArgs transposeArgs(const MeaningOp &op) const;
  RelayoutSelectionArgs relayoutArgs(const MeaningOp &op) const;

  const Program &program;
  std::vector<Tensor> values; ///< what later ops read, by value number
  std::vector<Tensor> arguments;
  std::vector<OwnedTensor> owned; ///< results, by value number
  std::vector<bool> adopted;      ///< by value number
};

} // namespace msa::reference
#endif
