//===- RandomInputs.cpp - filling the inputs of a program ------------------===//
#include "msa/Reference/RandomInputs.h"
#include "ArgumentMemory.h"
#include "Parallel.h"
#include <cmath>
#include <cstring>
#include <set>

namespace msa::reference {

namespace {

/// splitmix64: a row's numbers depend on the seed and the row alone, so filling is parallel and reproducible.
struct Random {
  uint64_t state;
  Random(uint64_t seed, uint64_t stream, uint64_t row)
      : state(seed * 0x9e3779b97f4a7c15u + stream * 0xd1342543de82ef95u + row * 0xda942042e4dd58b5u) {
    next();
  }
  uint64_t next() {
    uint64_t z = state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  int64_t below(int64_t bound) { return int64_t(next() % uint64_t(bound)); }
  double unit() { return double(next() >> 11) * 0x1p-53; }
};

constexpr size_t kTableSize = 1 << 16;
using Table = std::vector<double>;

/// Quantiles of the normal distribution with variance 1, in equal steps of probability: a draw is a look-up.
Table makeNormalTable() {
  Table table(kTableSize);
  // Quantiles by summing the density's reciprocal would drift; invert the error function by bisection instead, once.
  for (size_t i = 0; i < kTableSize / 2; ++i) {
    double wanted = (double(i) + 0.5) / kTableSize, low = -6, high = 0;
    for (int step = 0; step < 40; ++step) {
      double middle = (low + high) / 2;
      (0.5 * std::erfc(-middle / std::sqrt(2.0)) < wanted ? low : high) = middle;
    }
    table[i] = low;
    table[kTableSize - 1 - i] = -low;
  }
  return table;
}

const Table &normalTable() {
  static const Table table = makeNormalTable();
  return table;
}

Table integerTable() {
  Table table(kTableSize);
  for (size_t i = 0; i < kTableSize; ++i) table[i] = double(i % 7) - 3;
  return table;
}

/// Bits of a table's values in one element type.
std::vector<uint32_t> bitsOf(const Table &table, Element element) {
  std::vector<uint32_t> bits(table.size());
  for (size_t i = 0; i < table.size(); ++i) Tensor(&bits[i], element, {1}).set(0, table[i]);
  return bits;
}

class Filler {
public:
  Filler(const Program &program, const RandomSettings &settings, const ChosenSizes &chosen,
         const ArgumentMemory &memory)
      : program(program), settings(settings), chosen(chosen), memory(memory), values(memory.views) {}

  std::string run() {
    if (std::string problem = fillLengths(); !problem.empty()) return problem;
    for (const MeaningOp &op : program.meaning) {
      if (op.op == "slice") {
        size_t result = size_t(op.results.at(0));
        if (values.size() <= result) values.resize(result + 1);
        values[result] = operand(op, "source").slice(op.offsets, op.sizes);
        slicedFrom[int(result)] = rootOf(op.operands.at("source"));
        continue;
      }
      for (const auto &[name, value] : op.operands)
        if (std::string problem = fillOperand(op, name, value); !problem.empty())
          return "msa." + op.op + ": " + problem;
    }
    return "";
  }

private:
  bool isInput(int value) const {
    return size_t(rootOf(value)) < program.arguments.size() && !program.arguments[rootOf(value)].isOutput;
  }
  int rootOf(int value) const {
    auto found = slicedFrom.find(value);
    return found == slicedFrom.end() ? value : found->second;
  }
  Tensor operand(const MeaningOp &op, const char *name) const {
    auto found = op.operands.find(name);
    return found == op.operands.end() || size_t(found->second) >= values.size() || !isInput(found->second)
               ? Tensor()
               : values[found->second];
  }

  /// Metadata first: everything else lies where they say.
  std::string fillLengths() {
    for (const MeaningOp &op : program.meaning) {
      Tensor cuQ = operand(op, "cu_seqlens_q"), cuK = operand(op, "cu_seqlens_k"), lens = operand(op, "seqused_k"),
             pages = operand(op, "page_table");
      const auto &[q, kv, room] = chosen.lengths;
      if (cuQ) fillCumulative(cuQ, q);
      if (cuK) fillCumulative(cuK, room);
      for (size_t b = 0; lens && b < kv.size(); ++b) lens.set(lens.offset({int64_t(b)}), double(kv[b]));
      if (pages) {
        auto pageSize = chosen.sizes.find("page_size"), numPages = chosen.sizes.find("num_pages");
        if (pageSize == chosen.sizes.end())
          return "msa." + op.op +
                 ": needs a page size to make a page table, but no operand has one (give --set page_size=N)";
        fillPageTable(pages, pageSize->second, numPages->second);
      }
    }
    return "";
  }

  static void fillCumulative(const Tensor &cu, const std::vector<int64_t> &lengths) {
    int64_t sum = 0;
    for (int64_t b = 0; b < cu.shape[0]; ++b) {
      cu.set(cu.offset({b}), double(sum));
      if (b < int64_t(lengths.size())) sum += lengths[b];
    }
  }

  void fillPageTable(const Tensor &table, int64_t pageSize, int64_t numPages) const {
    std::vector<int64_t> ids(static_cast<size_t>(numPages));
    Random random(settings.seed, 1000, 0);
    for (int64_t i = 0; i < numPages; ++i) ids[i] = i;
    for (int64_t i = numPages; i-- > 1;) std::swap(ids[i], ids[random.below(i + 1)]);
    size_t next = 0;
    for (int64_t b = 0; b < table.shape[0]; ++b)
      for (int64_t i = 0; i < table.shape[1]; ++i) {
        bool used = i * pageSize < chosen.lengths.kv[b];
        if (used && settings.kvPool) { // any pages, each once in a request for as long as there are others
          next = size_t(i % numPages);
          std::swap(ids[next], ids[next + size_t(random.below(numPages - int64_t(next)))]);
        }
        table.set(table.offset({b, i}), used ? double(ids[next++]) : settings.poison ? -1 : 0);
      }
  }

  std::string fillOperand(const MeaningOp &op, const std::string &name, int value) {
    if (!isInput(value) || !filled.insert(value).second) return "";
    const Tensor &tensor = values[value];
    bool index = name == "index_query" || name == "index_key";
    if (name == "query" || name == "index_query" || name == "partial") return fillAll(tensor, value, index), "";
    if (name == "key" || name == "value") return fillKeys(op, tensor, value, index);
    if (name == "index_key") return fillKeys(op, withHeads(tensor, op.operands.count("page_table")), value, index);
    if (name == "scores") return fillScores(op, tensor, value);
    if (name == "partial_lse") return fillPartialLse(op, tensor, value), "";
    if (name == "selected") return fillSelection(op, tensor, value);
    return "";
  }

  //===--- data ---===//

  const std::vector<uint32_t> &bitsFor(Element element, bool index) {
    bool integers =
        settings.kind == RandomSettings::Kind::Integers || (settings.kind == RandomSettings::Kind::Auto && index);
    std::vector<uint32_t> &bits = tables[{int(element), integers}];
    if (bits.empty()) bits = bitsOf(integers ? integerTable() : normalTable(), element);
    return bits;
  }

  void fillRow(const Tensor &tensor, int64_t offset, const std::vector<uint32_t> &bits, Random random) const {
    int64_t count = tensor.shape.back(), stride = tensor.strides.back();
    bool wide = byteSize(tensor.element) == 4;
    for (int64_t i = 0; i < count; i += 4) {
      uint64_t draw = random.next();
      for (int64_t j = i; j < std::min(i + 4, count); ++j, draw >>= 16) {
        uint32_t value = bits[draw & (kTableSize - 1)];
        if (wide) static_cast<uint32_t *>(tensor.data)[offset + j * stride] = value;
        else static_cast<uint16_t *>(tensor.data)[offset + j * stride] = uint16_t(value);
      }
    }
  }

  void fillAll(const Tensor &tensor, int value, bool index) {
    const std::vector<uint32_t> &bits = bitsFor(tensor.element, index);
    int64_t dim = tensor.shape.back(), rows = dim ? tensor.numElements() / dim : 0;
    parallelItems((rows + 63) / 64, 0, [&](int64_t chunk) {
      for (int64_t row = chunk * 64; row < std::min(rows, chunk * 64 + 64); ++row)
        fillRow(tensor, tensor.offsetOf(row * dim), bits, Random(settings.seed, uint64_t(value), uint64_t(row)));
    });
  }

  /// What lies outside every request's keys is poisoned: a program that reads it shows.
  void poisonOnce(int value) {
    size_t buffer = memory.bufferOf[size_t(rootOf(value))];
    if (settings.poison && poisoned.insert(buffer).second) poison(memory.buffers[buffer].view());
  }

  /// The batch of `op`, from metadata that are filled already. `totalQ` is not known to every op.
  std::string batchOf(const MeaningOp &op, const Tensor &key, Batch &batch) const {
    BatchOperands operands = {operand(op, "cu_seqlens_q"), operand(op, "cu_seqlens_k"), operand(op, "page_table"),
                              operand(op, "seqused_k")};
    std::string error;
    std::optional<Batch> read = readBatch(operands, chosen.sizes.at("total_q"), {}, key, causal(op), error);
    if (read) batch = std::move(*read);
    return error;
  }
  static bool causal(const MeaningOp &op) {
    auto found = op.integers.find("causal");
    return found == op.integers.end() || found->second;
  }

  std::string fillKeys(const MeaningOp &op, const Tensor &key, int value, bool index) {
    poisonOnce(value);
    Batch batch;
    if (std::string problem = batchOf(op, key, batch); !problem.empty()) return problem;
    BatchOperands operands;
    operands.pageTable = operand(op, "page_table");
    const std::vector<uint32_t> &bits = bitsFor(key.element, index);
    int64_t heads = kvLayoutOf(key, bool(operands.pageTable)) == KvLayout::Dense ? key.shape[2] : key.shape[1];
    if (operands.pageTable && settings.kvPool) return fillPages(key, operands.pageTable, batch, value, bits), "";
    for (size_t b = 0; b < batch.requests.size(); ++b) {
      const Request &request = batch.requests[b];
      parallelItems((request.kvLen + 63) / 64, 0, [&](int64_t chunk) {
        for (int64_t j = chunk * 64; j < std::min(request.kvLen, chunk * 64 + 64); ++j)
          for (int64_t head = 0; head < heads; ++head)
            fillRow(key, keyOffset(key, operands, request, int64_t(b), head, j), bits,
                    Random(settings.seed, uint64_t(value) * 4096 + b, uint64_t(j * heads + head)));
      });
    }
    return "";
  }

  /// Pages that requests share, each once: as many of its keys as the request with the most has there.
  void fillPages(const Tensor &key, const Tensor &table, const Batch &batch, int value,
                 const std::vector<uint32_t> &bits) const {
    int64_t heads = key.shape[1], pageSize = key.shape[2];
    std::vector<int64_t> used(size_t(key.shape[0]));
    for (size_t b = 0; b < batch.requests.size(); ++b)
      for (int64_t i = 0, left = batch.requests[b].kvLen; left > 0; ++i, left -= pageSize) {
        int64_t &most = used[size_t(table.at({int64_t(b), i}))];
        most = std::max(most, std::min(left, pageSize));
      }
    parallelItems(key.shape[0], 0, [&](int64_t page) {
      for (int64_t j = 0; j < used[size_t(page)]; ++j)
        for (int64_t head = 0; head < heads; ++head)
          fillRow(key, key.offset({page, head, j, 0}), bits,
                  Random(settings.seed, uint64_t(value) * 4096 + 4095, uint64_t((page * pageSize + j) * heads + head)));
    });
  }

  std::string fillScores(const MeaningOp &op, const Tensor &scores, int value) {
    Batch batch;
    if (std::string problem = batchOf(op, {}, batch); !problem.empty()) return problem;
    for (int64_t head = 0; head < scores.shape[0]; ++head)
      for (int64_t token = 0; token < scores.shape[1]; ++token) {
        Random random(settings.seed, uint64_t(value), uint64_t(head * scores.shape[1] + token));
        int64_t visible =
            batch.requestOf[token] < 0 ? 0 : batch.visibility(token, op.integers.at("block_size")).numBlocks;
        for (int64_t b = 0; b < scores.shape[2]; ++b) {
          // Quarters tie often; a block that is not visible has the best score of all, which must not count.
          double score =
              settings.kind == RandomSettings::Kind::Normal ? random.unit() * 8 - 4 : double(random.below(33) - 16) / 4;
          scores.set(scores.offset({head, token, b}), b < visible ? score : settings.poison ? 1e30 : -HUGE_VAL);
        }
      }
    return "";
  }

  /// Some partials are empty, and then their output is poison.
  void fillPartialLse(const MeaningOp &op, const Tensor &lse, int value) {
    Tensor partial = operand(op, "partial");
    for (int64_t i = 0; i < lse.numElements(); ++i) {
      Random random(settings.seed, uint64_t(value), uint64_t(i));
      bool empty = random.below(8) == 0;
      lse.set(lse.offsetOf(i), empty ? -HUGE_VAL : random.unit() * 6 - 3);
      if (empty && settings.poison && partial)
        for (int64_t d = 0; d < partial.shape[3]; ++d) partial.set(partial.offsetOf(i * partial.shape[3] + d), NAN);
    }
    if (op.operands.count("partial")) filled.insert(op.operands.at("partial"));
  }

  //===--- selections ---===//

  std::string fillSelection(const MeaningOp &op, const Tensor &tensor, int value) {
    auto text = op.strings.find(op.op == "relayout_selection" ? "from" : "selection");
    SelectionContract contract =
        text == op.strings.end() ? SelectionContract() : parseSelection(text->second).value_or(SelectionContract());
    SelectionView selection{tensor, contract.layout};
    Tensor key = operand(op, "key");
    Batch batch;
    int64_t blockSize = 1, maxBlocks = 0;
    if (key) {
      if (std::string problem = batchOf(op, key, batch); !problem.empty()) return problem;
      blockSize = op.integers.at("block_size");
      maxBlocks = (capacityOf(key, operand(op, "page_table")) + blockSize - 1) / blockSize;
    } else { // no keys: every row may name any block
      auto found = op.integers.find("max_blocks");
      maxBlocks = found == op.integers.end() ? chosen.sizes.at("max_blocks") : found->second;
    }
    parallelItems(selection.numHeads(), 0, [&](int64_t head) {
      std::vector<int64_t> before;
      int32_t requestBefore = -1;
      for (int64_t token = 0; token < selection.totalQ(); ++token) {
        Visibility seen;
        int32_t request = key ? batch.requestOf[token] : 0;
        if (key && request >= 0) seen = batch.visibility(token, blockSize);
        if (!key) seen.numBlocks = maxBlocks, seen.localBlock = maxBlocks - 1;
        if (request != requestBefore) before.clear();
        requestBefore = request;
        Random random(settings.seed, uint64_t(value), uint64_t(head * selection.totalQ() + token));
        std::vector<int64_t> ids = drawRow(seen, maxBlocks, selection.topk(), contract.order, before, random);
        for (int64_t slot = 0; slot < selection.topk(); ++slot)
          tensor.set(selection.offset(head, token, slot), slot < int64_t(ids.size()) ? double(ids[slot]) : -1);
        before = std::move(ids);
      }
    });
    return "";
  }

  std::vector<int64_t> drawRow(const Visibility &seen, int64_t maxBlocks, int64_t topk, SelectionOrder order,
                               const std::vector<int64_t> &before, Random &random) const {
    int64_t wanted = std::min(topk, seen.numBlocks);
    if (settings.ragged && random.below(8) == 0)
      wanted = random.below(wanted + 1); // rows that their producer left short
    std::vector<int64_t> ids;
    std::vector<bool> taken(static_cast<size_t>(maxBlocks) + 1);
    auto take = [&](int64_t block) {
      if (int64_t(ids.size()) >= wanted || block >= seen.numBlocks || taken[block]) return;
      taken[block] = true;
      ids.push_back(block);
    };
    if (seen.localBlock >= 0) take(seen.localBlock);
    for (int64_t block : before)
      if (random.unit() < settings.overlap) take(block);
    if (wanted * 2 > seen.numBlocks) { // nearly all of them: shuffle rather than reject
      std::vector<int64_t> all(static_cast<size_t>(seen.numBlocks));
      for (int64_t b = 0; b < seen.numBlocks; ++b) all[b] = b;
      for (int64_t i = seen.numBlocks; i-- > 1;) std::swap(all[i], all[random.below(i + 1)]);
      for (int64_t block : all) take(block);
    }
    while (int64_t(ids.size()) < wanted) take(random.below(seen.numBlocks));
    // A row may name a block that holds no visible key; it contributes nothing.
    if (settings.ragged && int64_t(ids.size()) < topk && seen.numBlocks < maxBlocks && random.below(8) == 0)
      ids.push_back(seen.numBlocks);
    if (order == SelectionOrder::Ascending) std::sort(ids.begin(), ids.end());
    else if (ids.size() > 1) std::rotate(ids.begin(), ids.begin() + 1, ids.end()); // local last
    return ids;
  }

  const Program &program;
  const RandomSettings &settings;
  const ChosenSizes &chosen;
  const ArgumentMemory &memory;
  std::vector<Tensor> values; ///< arguments, then slices
  std::map<int, int> slicedFrom;
  std::set<int> filled;
  std::set<size_t> poisoned; ///< buffers
  std::map<std::pair<int, bool>, std::vector<uint32_t>> tables;
};

} // namespace

void poison(const Tensor &tensor) {
  int byte = tensor.element == Element::I32 ? 0x5a : 0xff; // all ones is NaN in every floating type
  constexpr int64_t kPieceBytes = 16 << 20;
  int64_t bytes = tensor.numElements() * byteSize(tensor.element);
  parallelItems((bytes + kPieceBytes - 1) / kPieceBytes, 0, [&](int64_t piece) {
    std::memset(static_cast<char *>(tensor.data) + piece * kPieceBytes, byte,
                size_t(std::min(kPieceBytes, bytes - piece * kPieceBytes)));
  });
}

RandomInputs::RandomInputs() = default;
RandomInputs::~RandomInputs() = default;

std::string RandomInputs::make(const Program &of, const RandomSettings &settings) {
  program = &of;
  memory.reset(); // before there is more of it
  if (std::string problem = chooseSizes(of, settings, chosen); !problem.empty()) return problem;
  memory = std::make_unique<ArgumentMemory>(allocateArguments(of, chosen.shapes, settings.kvMemory));
  poisonOutputs();
  return Filler(of, settings, chosen, *memory).run();
}

void RandomInputs::poisonOutputs() {
  for (size_t i = 0; i < memory->views.size(); ++i)
    if (program->arguments[i].isOutput) poison(memory->views[i]);
}

std::vector<Tensor> RandomInputs::tensors() const { return memory->views; }

std::string RandomInputs::summary() const {
  auto pages = chosen.sizes.find("num_pages");
  int64_t pool = chosen.sharesPages && pages != chosen.sizes.end() ? pages->second : 0;
  auto range = [](const std::vector<int64_t> &lengths) {
    auto [low, high] = std::minmax_element(lengths.begin(), lengths.end());
    return *low == *high ? std::to_string(*low) : std::to_string(*low) + " to " + std::to_string(*high);
  };
  return "batch " + std::to_string(chosen.lengths.q.size()) + ", q_len " + range(chosen.lengths.q) + ", kv_len " +
         range(chosen.lengths.kv) + (pool ? ", pool of " + std::to_string(pool) + " pages" : "");
}

} // namespace msa::reference
