#include "layer_store.h"

#include <ATen/ATen.h>

#include <array>
#include <bit>
#include <compare>
#include <cstring>
#include <map>
#include <mutex>

namespace dinomaly {
namespace {

constexpr uint64_t kOdd = 0x9e3779b97f4a7c15;

struct Digest {
  uint64_t first = 0, second = 0;
  auto operator<=>(const Digest&) const = default;
};

// All bits of the result hang on all of the word.
uint64_t mixed(uint64_t word) {
  word = (word ^ (word >> 32)) * 0xd6e8feb86659fd93;
  word = (word ^ (word >> 32)) * 0xd6e8feb86659fd93;
  return word ^ (word >> 32);
}

// Four independent chains, so that memory is the limit. No hash against those who look for collisions: weights are the
// user's own.
class Hash {
 public:
  void add(const void* data, size_t bytes) {
    const auto* at = static_cast<const char*>(data);
    for (; bytes >= sizeof(lanes_); at += sizeof(lanes_), bytes -= sizeof(lanes_)) {
      std::array<uint64_t, kLanes> words;
      std::memcpy(words.data(), at, sizeof(words));
      for (size_t i = 0; i < kLanes; ++i) add_word(i, words[i]);
    }
    std::array<uint64_t, kLanes> rest{};
    std::memcpy(rest.data(), at, bytes);
    for (size_t i = 0; i < kLanes; ++i) add_word(i, rest[i]);
  }

  void add(uint64_t word) { add_word(0, word); }

  Digest digest() const {
    return {mixed(lanes_[0] + mixed(lanes_[1])) + mixed(lanes_[2]), mixed(lanes_[1] ^ mixed(lanes_[3])) + lanes_[2]};
  }

 private:
  static constexpr size_t kLanes = 4;

  void add_word(size_t lane, uint64_t word) { lanes_[lane] = std::rotl(lanes_[lane] ^ word, 29) * kOdd; }

  std::array<uint64_t, kLanes> lanes_{1, 2, 3, 4};
};

Digest digest_of(const Linear& linear, uint64_t kind) {
  Hash hash;
  hash.add(kind);
  for (const at::Tensor& tensor : {linear.weight.contiguous(), linear.bias.contiguous()}) {
    for (const int64_t size : tensor.sizes()) hash.add(static_cast<uint64_t>(size));
    hash.add(static_cast<uint64_t>(tensor.scalar_type()));
    hash.add(tensor.const_data_ptr(), tensor.nbytes());
  }
  return hash.digest();
}

// Never destroyed: models may be freed at the end of the process.
struct Store {
  std::mutex mutex;
  std::map<Digest, std::weak_ptr<const PackedLinear>> layers;

  static Store& get() {
    static auto& store = *new Store();
    return store;
  }
};

}  // namespace

std::shared_ptr<const PackedLinear> shared_layer(const Linear& linear, uint64_t kind,
                                                 const std::function<std::shared_ptr<const PackedLinear>()>& make) {
  const Digest digest = digest_of(linear, kind);
  Store& store = Store::get();
  {
    const std::lock_guard lock(store.mutex);
    const auto found = store.layers.find(digest);
    if (found != store.layers.end()) {
      if (auto layer = found->second.lock()) return layer;
    }
  }
  auto made = make();
  const std::lock_guard lock(store.mutex);
  std::erase_if(store.layers, [](const auto& entry) { return entry.second.expired(); });
  if (made) store.layers.emplace(digest, made);
  return made;
}

}  // namespace dinomaly
