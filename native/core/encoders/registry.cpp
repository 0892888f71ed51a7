#include "registry.h"

#include <array>

#include "../error.h"
#include "vit.h"

namespace dinomaly {
namespace {

struct Family {
  const char* name;
  std::unique_ptr<Encoder> (*make)(const EncoderConfig&);
};

// DINOv2 with and without registers are one family: the number of registers is a setting.
constexpr std::array kFamilies = {
    Family{"dinov2",
           [](const EncoderConfig& config) -> std::unique_ptr<Encoder> { return std::make_unique<Vit>(config); }},
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
