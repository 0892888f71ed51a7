#include "registry.h"

#include <array>

#include "../error.h"
#include "beit.h"
#include "dinov3.h"
#include "hiera.h"
#include "vit.h"

namespace dinomaly {
namespace {

struct Family {
  const char* name;
  std::unique_ptr<Encoder> (*make)(const EncoderConfig&);
};

template <typename Type>
std::unique_ptr<Encoder> make(const EncoderConfig& config) {
  return std::make_unique<Type>(config);
}

constexpr std::array kFamilies = {
    Family{"vit", make<Vit>},
    Family{"beit", make<Beit>},
    Family{"dinov3", make<Dinov3>},
    Family{"hiera", make<Hiera>},
};

}  // namespace

std::unique_ptr<Encoder> make_encoder(const EncoderConfig& config) {
  std::string known;
  for (const Family& family : kFamilies) {
    if (config.family == family.name) return family.make(config);
    known += (known.empty() ? "" : ", ") + std::string(family.name);
  }
  throw Error("INVALID_CONFIG", "Unknown encoder family '" + config.family + "'; known: " + known);
}

}  // namespace dinomaly
