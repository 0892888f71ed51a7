// StableAdamW with AMSGrad: AdamW whose step is divided, tensor by tensor, by the root mean square of g / denom where
// that exceeds one.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

namespace dinomaly {

struct StableAdamWConfig {
  double beta1 = 0.9, beta2 = 0.999;
  double eps = 1e-10;
  double weight_decay = 1e-4;
  bool amsgrad = true;
  double clip_threshold = 1.0;
};

class StableAdamW {
 public:
  struct State {
    at::Tensor exp_avg, exp_avg_sq, max_exp_avg_sq;
  };

  // The parameters' gradients are read at each step; the tensors are updated in place.
  StableAdamW(std::vector<at::Tensor> parameters, const StableAdamWConfig& config);

  void step(double learning_rate);
  void zero_grad();

  int64_t steps() const { return steps_; }
  const std::vector<State>& state() const { return state_; }

 private:
  std::vector<at::Tensor> parameters_;
  StableAdamWConfig config_;
  std::vector<State> state_;
  int64_t steps_ = 0;
};

// Euclidean norm over all gradients, as a scalar tensor.
at::Tensor gradient_norm(const std::vector<at::Tensor>& parameters);

// Multiplies every gradient by min(1, limit / (norm + 1e-6)).
void clip_gradients(const std::vector<at::Tensor>& parameters, double norm, double limit);

}  // namespace dinomaly
