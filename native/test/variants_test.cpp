// The variants of the ablations (section 4.4, tables 3 and A4): attentions, constraint schemes and losses, each against
// a second implementation that follows the definition token by token.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cmath>

#include "core/attention_map.h"
#include "core/costs.h"
#include "core/dinomaly.h"
#include "core/generator.h"
#include "core/inference/scorer.h"
#include "core/loss.h"
#include "core/nn/attention.h"
#include "harness.h"
#include "small_model.h"

namespace dinomaly::test {
namespace {

// Legend: B batch, N tokens, H heads, D channels a head, P patches.
constexpr PatchGrid kGrid{.height = 3, .width = 5};
constexpr int64_t kPrefix = 3;
constexpr int64_t kTokens = kPrefix + 15;

struct Qkv {
  at::Tensor q, k, v;
};

Qkv random_qkv() {
  at::Generator generator = make_generator(at::kCPU, 21);
  const auto draw = [&] { return at::empty({2, 2, kTokens, 4}).normal_(0, 1, generator); };
  return {draw(), draw(), draw()};
}

// Whether the key lies in the window around the query, from rows and columns.
bool is_near(int64_t query, int64_t key, int64_t window) {
  if (query < kPrefix || key < kPrefix) return false;
  const int64_t a = query - kPrefix, b = key - kPrefix;
  return std::abs(a / kGrid.width - b / kGrid.width) <= window / 2 &&
         std::abs(a % kGrid.width - b % kGrid.width) <= window / 2;
}

// Probabilities of one head's query over the keys, in double. q [D], k [N, D].
std::vector<double> softmax_row(const at::Tensor& q, const at::Tensor& k) {
  const int64_t tokens = k.size(0);
  std::vector<double> row(tokens);
  double sum = 0;
  for (int64_t n = 0; n < tokens; ++n) {
    row[n] = std::exp(q.to(at::kDouble).dot(k[n].to(at::kDouble)).item<double>() / std::sqrt(q.size(0)));
    sum += row[n];
  }
  for (double& value : row) value /= sum;
  return row;
}

at::Tensor masked_by_hand(const Qkv& in, int64_t window) {
  at::Tensor out = at::zeros(in.v.sizes(), at::kDouble);
  for (int64_t b = 0; b < 2; ++b) {
    for (int64_t h = 0; h < 2; ++h) {
      for (int64_t query = 0; query < kTokens; ++query) {
        const std::vector<double> row = softmax_row(in.q[b][h][query], in.k[b][h]);
        for (int64_t key = 0; key < kTokens; ++key) {
          if (!is_near(query, key, window)) out[b][h][query] += row[key] * in.v[b][h][key].to(at::kDouble);
        }
      }
    }
  }
  return out.to(at::kFloat);
}

TEST("the neighbour mask holds the window around each patch and no class or register token") {
  for (int64_t window : {1, 3, 5}) {
    const at::Tensor mask = neighbour_mask(kGrid, kPrefix, window, at::kCPU);
    REQUIRE(mask.sizes() == at::IntArrayRef({kTokens, kTokens}));
    for (int64_t query = 0; query < kTokens; ++query) {
      for (int64_t key = 0; key < kTokens; ++key) {
        CHECK(mask[query][key].item<bool>() == is_near(query, key, window));
      }
    }
  }
}

TEST("masked attention zeroes probabilities after the softmax and does not renormalise") {
  const Qkv in = random_qkv();
  for (int64_t window : {1, 3}) {
    const at::Tensor mask = neighbour_mask(kGrid, kPrefix, window, at::kCPU);
    CHECK_CLOSE(excluding_attention(in.q, in.k, in.v, mask), masked_by_hand(in, window), 1e-5);
  }
  const at::Tensor none = at::zeros({kTokens, kTokens}, at::kBool);
  CHECK_CLOSE(excluding_attention(in.q, in.k, in.v, none), softmax_attention(in.q, in.k, in.v), 1e-5);
}

TEST("efficient attention equals its definition, token by token") {
  const Qkv in = random_qkv();
  const at::Tensor queries = in.q.exp() / in.q.exp().sum(-1, true);
  const at::Tensor keys = in.k.exp() / in.k.exp().sum(-2, true);
  const at::Tensor weights = at::matmul(queries, keys.transpose(-2, -1));  // [B, H, N, N]
  CHECK_CLOSE(weights.sum(-1), at::ones({2, 2, kTokens}), 1e-5);
  CHECK_CLOSE(efficient_attention(in.q, in.k, in.v), at::matmul(weights, in.v), 1e-5);
}

// The attention layer as mixing of values by the rows that weights_of gives.
at::Tensor mixed_by_rows(const Attention& attention, const at::Tensor& x, const AttentionContext& context) {
  const int64_t batch = x.size(0), tokens = x.size(1), dim = x.size(2), heads = attention.heads;
  const at::Tensor v = attention.qkv(x).narrow(2, 2 * dim, dim).reshape({batch, tokens, heads, dim / heads});
  std::vector<at::Tensor> rows;
  for (int64_t query = 0; query < tokens; ++query) {
    const at::Tensor weights = attention.weights_of(x, query, context);  // [B, H, N]
    rows.push_back(at::einsum("bhn,bnhd->bhd", {weights, v}).reshape({batch, dim}));
  }
  return attention.proj(at::stack(rows, 1));
}

TEST("the attention rows of every kind are the weights that the layer mixes values with") {
  const at::NoGradGuard no_grad;
  const at::Tensor x = at::randn({2, kTokens, 8}, make_generator(at::kCPU, 4));
  for (AttentionKind kind : {AttentionKind::kLinear, AttentionKind::kSoftmax, AttentionKind::kEfficient}) {
    Attention attention(8, 2, kind);
    attention.visit(
        "", [](const std::string&, at::Tensor& tensor) { tensor.normal_(0, 0.5, make_generator(at::kCPU, 6)); });
    CHECK_CLOSE(attention(x), mixed_by_rows(attention, x, {}), 1e-5);
    CHECK_CLOSE(attention.weights_of(x, 5).sum(-1), at::ones({2, 2}), 1e-5);
    if (kind != AttentionKind::kSoftmax) continue;
    const AttentionContext context{.excluded = neighbour_mask(kGrid, kPrefix, 3, at::kCPU)};
    CHECK_CLOSE(attention(x, context), mixed_by_rows(attention, x, context), 1e-5);
    CHECK(attention.weights_of(x, kPrefix + 7, context).sum(-1).lt(1).all().item<bool>());
  }
}

TEST("entropy runs from 0 for one place to the logarithm of their number") {
  CHECK(entropy(at::eye(4)[1]) == 0);
  CHECK(std::abs(entropy(at::full({3, 4}, 0.01)) - std::log(12)) < 1e-12);
  CHECK(entropy(at::zeros({2, 2})) == 0);
}

// Patches of tokens [B, N, C] of the small model, which has a class token and two registers.
at::Tensor patches(const at::Tensor& tokens) { return tokens.narrow(1, kPrefix, tokens.size(1) - kPrefix); }

ModelConfig with_groups(std::vector<std::vector<int64_t>> groups) {
  ModelConfig config = small_config();
  config.encoder_groups = groups;
  config.decoder_groups = std::move(groups);
  return config;
}

struct Stages {
  std::vector<at::Tensor> targets;  // encoder features
  std::vector<at::Tensor> outputs;  // decoder outputs, last to first
};

// What every scheme compares parts of: the decoder fed with the mean of all targets.
Stages stages(const Network& network, const at::Tensor& images) {
  Stages found;
  found.targets = network.encoder().features(images, network.config().target_layers, {});
  const at::Tensor fused = at::stack(found.targets).mean(0);
  found.outputs = network.decode(fused, network.grid_of(images), std::nullopt, {});
  std::reverse(found.outputs.begin(), found.outputs.end());
  return found;
}

TEST("layer-to-layer schemes compare single layers, and feed the decoder the mean of all") {
  const at::NoGradGuard no_grad;
  const at::Tensor images = random_images(2, 16, 24);
  for (const auto& groups : {std::vector<std::vector<int64_t>>{{1}, {3}}, {{0}, {1}, {2}, {3}}, {{0, 1, 2, 3}}}) {
    const Network network = small_network(with_groups(groups));
    const Stages expected = stages(network, images);
    const GroupFeatures actual = network.forward(images, {});
    REQUIRE(actual.encoder.size() == groups.size() && actual.decoder.size() == groups.size());
    for (size_t g = 0; g < groups.size(); ++g) {
      const auto mean = [&](const std::vector<at::Tensor>& layers) {
        at::Tensor sum = at::zeros_like(layers[0]);
        for (int64_t position : groups[g]) sum = sum + layers[position];
        return patches(sum / static_cast<double>(groups[g].size()));
      };
      CHECK_CLOSE(actual.encoder[g], mean(expected.targets), 1e-5);
      CHECK_CLOSE(actual.decoder[g], mean(expected.outputs), 1e-5);
    }
  }
}

ModelConfig concatenating_config() {
  ModelConfig config = small_config();
  config.encoder_groups = {{1, 3}};
  config.decoder_groups = {{0}};
  config.fusion = GroupFusion::kConcatenate;
  return config;
}

TEST("layer-to-cat-layer compares concatenated targets with the last output, widened") {
  const at::NoGradGuard no_grad;
  Network network = small_network(concatenating_config());
  const at::Tensor images = random_images(2, 16, 24);
  const Stages expected = stages(network, images);
  at::Tensor weight, bias;
  for (const NamedParameter& parameter : network.trainable_parameters()) {
    if (parameter.name == "widen.weight") weight = *parameter.tensor;
    if (parameter.name == "widen.bias") bias = *parameter.tensor;
  }
  REQUIRE(weight.defined() && weight.sizes() == at::IntArrayRef({32, 16}) && bias.sizes() == at::IntArrayRef({32}));
  const GroupFeatures actual = network.forward(images, {});
  CHECK_CLOSE(actual.encoder[0], at::cat({patches(expected.targets[1]), patches(expected.targets[3])}, 2), 1e-6);
  CHECK_CLOSE(actual.decoder[0], at::matmul(patches(expected.outputs[0]), weight.t()) + bias, 1e-5);
}

TEST("what is kept of a picture is no more than a scheme needs") {
  const at::NoGradGuard no_grad;
  const at::Tensor images = random_images(1, 16, 16);
  const auto kept = [&](const ModelConfig& config) { return small_network(config).encode(images, {}).size(); };
  CHECK(kept(small_config()) == 2);
  CHECK(kept(with_groups({{0, 1, 2, 3}})) == 1);
  CHECK(kept(with_groups({{0}, {1}, {2}, {3}})) == 4);
  CHECK(kept(with_groups({{1}, {3}})) == 3);           // two targets and the mean of all
  CHECK(kept(with_groups({{0, 1}, {1, 2, 3}})) == 3);  // one target is in both groups
  CHECK(kept(concatenating_config()) == 3);
}

TEST("the neighbour mask reaches the decoder on grids of any shape") {
  const at::NoGradGuard no_grad;
  ModelConfig config = small_config();
  config.attention = AttentionKind::kSoftmax;
  const at::Tensor images = random_images(2, 24, 40);
  const at::Tensor free = small_network(config).forward(images, {}).decoder[0];
  config.neighbour_mask = 3;
  const Network network = small_network(config);
  CHECK(!network.forward(images, {}).decoder[0].allclose(free));
  const int64_t query = 1 * 5 + 2;
  for (const at::Tensor& row : network.decoder_attention(images, query, {})) {
    REQUIRE(row.sizes() == at::IntArrayRef({2, 3, 5}));
    const at::Tensor window = row.narrow(1, 0, 3).narrow(2, 1, 3);
    CHECK(window.eq(0).all().item<bool>() && row.sum().item<double>() > 0);
  }
}

TEST("variants that cannot be are refused by name") {
  const auto refused = [](auto change) {
    ModelConfig config = small_config();
    change(config);
    CHECK_THROWS_CODE(Network(config), "INVALID_CONFIG");
  };
  refused([](ModelConfig& config) { config.neighbour_mask = 3; });
  refused([](ModelConfig& config) {
    config.attention = AttentionKind::kSoftmax;
    config.neighbour_mask = 4;
  });
  refused([](ModelConfig& config) {
    config.attention = AttentionKind::kSoftmax;
    config.neighbour_mask = -3;
  });
  refused([](ModelConfig& config) { config.fusion = GroupFusion::kConcatenate; });
}

TEST("attention maps of a picture have one row a block, the same in either precision but for rounding") {
  const Network network = small_network();
  const Geometry geometry{
      .resize_height = 24, .resize_width = 40, .crop_height = 24, .crop_width = 40, .map_height = 8, .map_width = 8};
  const at::Tensor pixels = at::empty({30, 50, 3}, at::kByte).random_(0, 256, make_generator(at::kCPU, 2));
  const ImageView view{pixels.data_ptr<uint8_t>(), 30, 50, 3};
  const Scorer scorer(network, geometry, at::kCPU, Precision::kFloat32);
  const AttentionMaps maps = scorer.attention(view, 2, 4, {});
  CHECK(maps.weights.sizes() == at::IntArrayRef({4, 3, 5}) && maps.entropies.size() == 4);
  const Scorer rough(network, geometry, at::kCPU, Precision::kBfloat16);
  CHECK_CLOSE(rough.attention(view, 2, 4, {}).weights, maps.weights, 0.05);
  CHECK_THROWS_CODE(scorer.attention(view, 3, 0, {}), "INVALID_INPUT");
  CHECK_THROWS_CODE(scorer.attention(view, 0, -1, {}), "INVALID_INPUT");
}

}  // namespace
}  // namespace dinomaly::test
