#include "cpu_linear.h"

#include <ATen/ATen.h>

#if defined(__x86_64__)

#include <ATen/Parallel.h>
#include <ATen/native/CPUBlas.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "cpu_rows.h"
#include "cpu_vectors.h"
#include "thread_memory.h"
#include "weight_memory.h"

namespace dinomaly {
namespace {

namespace blas = at::native::cpublas;

// Tokens and outputs of one product: its sums stay in the first cache.
constexpr int64_t kRows = 64;
constexpr int64_t kColumns = 64;
// Of the inputs that are multiplied with the same weights one after the other: they stay in the second cache, and the
// weights, which are larger, are read from farther off once for all of them.
constexpr int64_t kPanelBytes = 384 << 10;
constexpr int64_t kOutputMultiple = 16;  // one vector

int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

// Weights [out, in] as the products take them: blocks of kColumns outputs, each [in / kGroup][columns][kGroup].
// rounded(n, row): the numbers of an output, its weights rounded.
template <int64_t kGroup, typename T, typename Rounded>
void interleave(const at::Tensor& weight, T* packed, const Rounded& rounded) {
  const int64_t out = weight.size(0), in = weight.size(1);
  const auto* const from = weight.const_data_ptr<float>();
  at::parallel_for(0, divide_up(out, kColumns), 1, [&](int64_t begin, int64_t end) {
    std::vector<T> row(in);
    for (int64_t first = begin * kColumns; first < std::min(out, end * kColumns); ++first) {
      rounded(first, from + first * in, row.data());
      const int64_t block = first / kColumns * kColumns, columns = std::min(kColumns, out - block);
      T* const to = packed + block * in + (first - block) * kGroup;
      for (int64_t k = 0; k < in; k += kGroup) std::copy_n(row.data() + k, kGroup, to + k * columns);
    }
  });
}

// To the nearest whole number, even ones of two, of less than 2^22: what is added leaves no bits for a fraction.
float to_whole(float x) {
  constexpr float kNoFraction = 12582912;
  return (x + kNoFraction) - kNoFraction;
}

struct BFloat16Products {
  using Operand = at::BFloat16;
  using Sum = float;

  explicit BFloat16Products(const at::Tensor& weight) : memory(empty_weights(weight.sizes(), at::kBFloat16)) {
    interleave<2>(weight, memory.data_ptr<Operand>(),
                  [&](int64_t, const float* from, Operand* row) { rows::round(from, weight.size(1), row); });
  }

  // What the rows of x are multiplied as.
  struct Rows {
    explicit Rows(int64_t) {}
    const Operand* load(const float* x, int64_t count, int64_t width) {
      Operand* const to = thread_memory<Operand, BFloat16Products>(count * width);
      rows::round(x, count * width, to);
      return to;
    }
    const Operand* load(const at::BFloat16* x, int64_t, int64_t) { return x; }
  };

  template <typename Out>
  void finish(const Rows&, int64_t, const float* sums, int64_t, const rows::Block& block,
              const rows::Epilogue& epilogue, Out* out) const {
    rows::finish(sums, block, epilogue, out);
  }

  int64_t bytes() const { return static_cast<int64_t>(memory.nbytes()); }
  const Operand* packed() const { return memory.const_data_ptr<Operand>(); }

  at::Tensor memory;
};

struct Int8Products {
  using Operand = uint8_t;
  using Sum = int32_t;

  explicit Int8Products(const at::Tensor& weight) : memory(empty_weights(weight.sizes(), at::kChar)) {
    constexpr float kMost = 127, kLeastScale = 1e-30F;
    scales.resize(weight.size(0));
    weight_sums.resize(weight.size(0));
    interleave<4>(weight, memory.data_ptr<int8_t>(), [&](int64_t output, const float* from, int8_t* row) {
      const int64_t in = weight.size(1);
      float largest = 0;
      for (int64_t k = 0; k < in; ++k) largest = std::max(largest, std::abs(from[k]));
      const float scale = std::max(largest / kMost, kLeastScale);
      int32_t sum = 0;
      for (int64_t k = 0; k < in; ++k) {
        row[k] = static_cast<int8_t>(to_whole(from[k] / scale));
        sum += row[k];
      }
      scales[output] = scale;
      weight_sums[output] = static_cast<float>(sum) * scale;
    });
  }

  struct Rows {
    explicit Rows(int64_t count) : steps(thread_memory<rows::Quantum, Int8Products>(count)) {}
    template <typename In>
    const Operand* load(const In* x, int64_t count, int64_t width) {
      auto* const to = thread_memory<uint8_t, Int8Products>(count * width);
      for (int64_t r = 0; r < count; ++r) steps[r] = rows::quantise(x + r * width, width, to + r * width);
      return to;
    }
    rows::Quantum* steps;
  };

  // Of the rows from `row` of those loaded on, and the columns from `column` on.
  template <typename Out>
  void finish(const Rows& loaded, int64_t row, const int32_t* sums, int64_t column, const rows::Block& block,
              const rows::Epilogue& epilogue, Out* out) const {
    const rows::Quanta quanta{scales.data() + column, weight_sums.data() + column, loaded.steps + row};
    rows::finish(sums, block, quanta, epilogue, out);
  }

  int64_t bytes() const { return static_cast<int64_t>(memory.nbytes() + 2 * scales.size() * sizeof(float)); }
  const int8_t* packed() const { return memory.const_data_ptr<int8_t>(); }

  at::Tensor memory;
  std::vector<float> scales, weight_sums;  // of each output, as rows::Quanta has them
};

template <typename Type>
class CpuLinear final : public PackedLinear {
 public:
  explicit CpuLinear(const Linear& linear)
      : in_(linear.weight.size(1)),
        out_(linear.weight.size(0)),
        type_(linear.feeds_products ? cpu_operand_type() : at::kFloat),
        products_(linear.weight.contiguous()),
        bias_(out_) {
    if (!linear.bias.defined()) return;
    const at::Tensor bias = linear.bias.to(at::kFloat).contiguous();
    std::copy_n(bias.const_data_ptr<float>(), out_, bias_.data());
  }

  at::Tensor apply(const at::Tensor& x) const override { return into(x, type_, false, {}); }
  at::Tensor apply_gelu(const at::Tensor& x) const override { return into(x, type_, true, {}); }
  at::Tensor apply_add(const at::Tensor& residual, const at::Tensor& x) const override {
    return into(x, at::kFloat, false, residual.to(at::kFloat).expand(shape(x)).contiguous());
  }
  int64_t bytes() const override { return products_.bytes() + out_ * static_cast<int64_t>(sizeof(float)); }

 private:
  std::vector<int64_t> shape(const at::Tensor& x) const {
    std::vector<int64_t> sizes = x.sizes().vec();
    sizes.back() = out_;
    return sizes;
  }

  at::Tensor into(const at::Tensor& x, at::ScalarType type, bool gelu, const at::Tensor& residual) const {
    at::Tensor out = at::empty(shape(x), x.options().dtype(type));
    const rows::Epilogue epilogue{bias_.data(), residual.defined() ? residual.const_data_ptr<float>() : nullptr, gelu};
    const at::Tensor input = x.contiguous();
    const auto with_input = [&](auto* results) {
      if (input.scalar_type() == at::kBFloat16) {
        run(input.const_data_ptr<at::BFloat16>(), input.numel() / in_, epilogue, results);
      } else {
        run(input.const_data_ptr<float>(), input.numel() / in_, epilogue, results);
      }
    };
    if (type == at::kBFloat16) {
      with_input(out.data_ptr<at::BFloat16>());
    } else {
      with_input(out.data_ptr<float>());
    }
    return out;
  }

  template <typename In, typename Out>
  void run(const In* x, int64_t count, const rows::Epilogue& epilogue, Out* out) const {
    if (count == 0) return;
    // As many blocks of rows for each thread, of the same size but for the last.
    const int64_t threads = at::get_num_threads();
    const int64_t blocks = divide_up(divide_up(count, kRows), threads) * threads;
    const int64_t size = std::max<int64_t>(1, divide_up(count, blocks));
    const int64_t block_bytes = size * in_ * static_cast<int64_t>(sizeof(typename Type::Operand));
    const int64_t panel = std::max<int64_t>(1, kPanelBytes / block_bytes);
    at::parallel_for(0, divide_up(count, size), 1, [&](int64_t begin, int64_t end) {
      for (int64_t block = begin; block < end; block += panel) {
        const int64_t first = block * size, last = std::min(count, std::min(end, block + panel) * size);
        run_panel(x + first * in_, last - first, size, epilogue.at(0, first * out_), out + first * out_);
      }
      blas::brgemm_release(true);
    });
  }

  // `count` rows, in products of `size` each.
  template <typename In, typename Out>
  void run_panel(const In* x, int64_t count, int64_t size, const rows::Epilogue& epilogue, Out* out) const {
    typename Type::Rows loaded(count);
    const auto* const operands = loaded.load(x, count, in_);
    auto* const sums = thread_memory<typename Type::Sum, CpuLinear>(size * kColumns);
    for (int64_t column = 0; column < out_; column += kColumns) {
      const int64_t columns = std::min(kColumns, out_ - column);
      const auto* const weights = products_.packed() + column * in_;
      for (int64_t row = 0; row < count; row += size) {
        const int64_t rows = std::min(size, count - row), place = row * out_ + column;
        blas::brgemm(rows, columns, in_, in_, columns, columns, false, operands + row * in_, weights, sums, true);
        products_.finish(loaded, row, sums, column, {rows, columns, out_}, epilogue.at(column, place), out + place);
      }
    }
  }

  int64_t in_, out_;
  at::ScalarType type_;
  Type products_;
  std::vector<float> bias_;
};

}  // namespace

bool has_cpu_products(Products products) {
  return products == Products::kBfloat16 ? vectors::bfloat16_supported() : vectors::int8_supported();
}

at::ScalarType cpu_operand_type() { return vectors::bfloat16_supported() ? at::kBFloat16 : at::kFloat; }

bool fits_cpu_linear(const Linear& linear) {
  return linear.weight.size(0) % kOutputMultiple == 0 && linear.weight.size(1) % 4 == 0;
}

std::shared_ptr<const PackedLinear> make_cpu_linear(const Linear& linear, Products products) {
  if (products == Products::kBfloat16) return std::make_shared<CpuLinear<BFloat16Products>>(linear);
  return std::make_shared<CpuLinear<Int8Products>>(linear);
}

}  // namespace dinomaly

#else

namespace dinomaly {

bool has_cpu_products(Products) { return false; }
at::ScalarType cpu_operand_type() { return at::kFloat; }
bool fits_cpu_linear(const Linear&) { return false; }
std::shared_ptr<const PackedLinear> make_cpu_linear(const Linear&, Products) { return nullptr; }

}  // namespace dinomaly

#endif
