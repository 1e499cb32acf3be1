#include "ArgumentMemory.h"

namespace msa::reference {

namespace {
using KvMemory = RandomSettings::KvMemory;

/// Row-major memory of `shape` in a buffer of its own; a view of it.
Tensor allocate(ArgumentMemory &memory, Element element, std::vector<int64_t> shape) {
  memory.buffers.emplace_back(element, std::move(shape));
  return memory.buffers.back().view();
}

/// Room of 8 elements behind each row: 16 bytes of the smallest type, so rows stay aligned.
Tensor allocatePadded(ArgumentMemory &memory, Element element, std::vector<int64_t> shape) {
  int64_t dim = shape.back();
  shape.back() += 8;
  Tensor view = allocate(memory, element, std::move(shape));
  view.shape.back() = dim;
  return view;
}

/// Rows and heads the other way round.
Tensor allocateSwapped(ArgumentMemory &memory, Element element, std::vector<int64_t> shape) {
  size_t first = shape.size() == 4 ? 1 : 0;
  std::swap(shape[first], shape[first + 1]);
  Tensor view = allocate(memory, element, std::move(shape));
  std::swap(view.shape[first], view.shape[first + 1]);
  std::swap(view.strides[first], view.strides[first + 1]);
  return view;
}

/// Two views of one buffer that has one more dimension of size 2 at `axis`, or a last one of double size.
std::pair<Tensor, Tensor> allocateTogether(ArgumentMemory &memory, Element element, std::vector<int64_t> shape,
                                           KvMemory how) {
  std::vector<int64_t> whole = shape;
  if (how == KvMemory::Interleaved) whole.back() *= 2;
  else whole.insert(whole.begin() + 1, 2);
  Tensor both = allocate(memory, element, whole), key = both, value = both;
  int64_t apart = how == KvMemory::Interleaved ? shape.back() : both.strides[1];
  if (how == KvMemory::Stacked) key.strides.erase(key.strides.begin() + 1);
  key.shape = value.shape = shape;
  value.strides = key.strides;
  value.data = static_cast<char *>(both.data) + apart * byteSize(element);
  return {key, value};
}
} // namespace

ArgumentMemory allocateArguments(const Program &program, const std::vector<std::vector<int64_t>> &shapes,
                                 KvMemory how) {
  ArgumentMemory memory;
  size_t count = program.arguments.size();
  memory.views.resize(count);
  memory.bufferOf.resize(count);
  auto place = [&](int argument, Tensor view) {
    if (memory.views[size_t(argument)]) return;
    memory.views[size_t(argument)] = std::move(view);
    memory.bufferOf[size_t(argument)] = memory.buffers.size() - 1;
  };
  auto input = [&](const MeaningOp &op, const char *name) {
    auto found = op.operands.find(name);
    bool is = found != op.operands.end() && size_t(found->second) < count &&
              !program.arguments[size_t(found->second)].isOutput && !memory.views[size_t(found->second)];
    return is ? found->second : -1;
  };
  for (const MeaningOp &op : program.meaning) {
    if (how == KvMemory::Plain) break;
    int key = input(op, "key"), value = input(op, "value"), indexKey = input(op, "index_key");
    if (indexKey >= 0) {
      Element element = elementOf(program.arguments[size_t(indexKey)].dtype);
      place(indexKey, allocatePadded(memory, element, shapes[size_t(indexKey)]));
    }
    if (key < 0 || value < 0 || key == value) continue; // the program itself says how its cache lies
    const std::vector<int64_t> &shape = shapes[size_t(key)];
    Element element = elementOf(program.arguments[size_t(key)].dtype);
    if (how == KvMemory::Interleaved || how == KvMemory::Stacked) {
      auto [k, v] = allocateTogether(memory, element, shape, how);
      place(key, k);
      place(value, v);
    } else {
      for (int argument : {key, value})
        place(argument, how == KvMemory::Swapped ? allocateSwapped(memory, element, shapes[size_t(argument)])
                                                 : allocatePadded(memory, element, shapes[size_t(argument)]));
    }
  }
  for (size_t i = 0; i < count; ++i)
    if (!memory.views[i]) place(int(i), allocate(memory, elementOf(program.arguments[i].dtype), shapes[i]));
  return memory;
}

} // namespace msa::reference
