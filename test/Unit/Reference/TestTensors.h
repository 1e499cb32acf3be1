//===- TestTensors.h - small tensors for the reference's tests --*- C++ -*-===//
#ifndef MSA_TEST_UNIT_REFERENCE_TESTTENSORS_H
#define MSA_TEST_UNIT_REFERENCE_TESTTENSORS_H
#include "msa/Reference/Attend.h"
#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <random>

namespace msa::reference {

inline constexpr double kInf = std::numeric_limits<double>::infinity();

/// Owned data with a view that converts to Tensor.
struct Data {
  OwnedTensor owned;
  Data(Element element, std::vector<int64_t> shape, const std::vector<double> &values = {})
      : owned(element, std::move(shape)) {
    for (size_t i = 0; i < values.size(); ++i) owned.view().set(int64_t(i), values[i]);
  }
  operator const Tensor &() const { return owned.view(); }
  const Tensor &operator*() const { return owned.view(); }
  std::vector<double> values() const {
    std::vector<double> all;
    for (int64_t i = 0; i < owned.view().numElements(); ++i) all.push_back(owned.view().get(i));
    return all;
  }
};

inline Data ints(std::vector<int64_t> shape, const std::vector<double> &values) {
  return Data(Element::I32, std::move(shape), values);
}

inline Data normal(Element element, std::vector<int64_t> shape, uint64_t seed) {
  Data data(element, std::move(shape));
  std::mt19937_64 random(seed);
  std::normal_distribution<double> values;
  for (int64_t i = 0; i < (*data).numElements(); ++i) (*data).set(i, values(random));
  return data;
}

/// Small integers: every dot product is exact in f32.
inline Data integers(Element element, std::vector<int64_t> shape, uint64_t seed, int range = 2) {
  Data data(element, std::move(shape));
  std::mt19937_64 random(seed);
  for (int64_t i = 0; i < (*data).numElements(); ++i)
    (*data).set(i, double(int64_t(random() % (2 * range + 1)) - range));
  return data;
}

inline double largestDifference(const Tensor &lhs, const Tensor &rhs) {
  EXPECT_EQ(lhs.shape, rhs.shape);
  double largest = 0;
  for (int64_t i = 0; i < lhs.numElements(); ++i) {
    double a = lhs.get(lhs.offsetOf(i)), b = rhs.get(rhs.offsetOf(i));
    if (a == b) continue; // both -inf, too
    largest = std::max(largest, std::isnan(a - b) ? kInf : std::fabs(a - b));
  }
  return largest;
}

} // namespace msa::reference
#endif
