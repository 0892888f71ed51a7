// Checkpoints of torch.save() before PyTorch 1.6: five pickles in a row (a magic number, the protocol, facts about the
// system, the object, the list of its storages' keys), then for each storage its element count and its data.
#include <set>

#include "bytes.h"
#include "checkpoint.h"
#include "state_dict.h"

namespace dinomaly {
namespace {

// LONG1 of ten bytes, 0x1950a86a20f9469cfc6c, and the end of the pickle.
constexpr std::string_view kMagic("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", 13);
constexpr int64_t kProtocol = 1001;
constexpr char kFrame = '\x95';
constexpr size_t kFrameSize = 9;  // the opcode and eight bytes of length
constexpr size_t kCountSize = sizeof(int64_t);
// The list of keys is read while the object is there, and is short.
constexpr size_t kKeysShare = 10;

class LegacyReader {
 public:
  explicit LegacyReader(const FileBytes& file) : bytes_(file.bytes()), path_(file.path()) {}

  void read(Checkpoint* checkpoint) {
    skip_magic();
    check_protocol();
    next();  // byte order and sizes of the writer's integers: data is little-endian always, and of known types
    pickle::Document object = next();
    pickle::Document keys = next(kKeysShare);
    checkpoint->tensors = find_state_dict(object.root(), path_);
    read_storages(object, keys.root(), checkpoint);
  }

 private:
  // The first pickle is compared, not parsed: its number is longer than those of any state dict.
  void skip_magic() {
    size_t at = 2;  // PROTO and the protocol
    if (bytes_.size() > at && bytes_[at] == kFrame) at += kFrameSize;
    if (!within(at, kMagic.size(), bytes_.size()) || bytes_.substr(at, kMagic.size()) != kMagic) {
      refuse_weights(path_, "it is a pickle but no PyTorch checkpoint: it has not the magic number of torch.save()");
    }
    at_ = at + kMagic.size();
  }

  void check_protocol() {
    pickle::Document protocol = next();
    const auto* version = protocol.root()->as<int64_t>();
    if (version == nullptr || *version != kProtocol)
      refuse_weights(path_, "it has an unknown protocol of torch.save()");
  }

  pickle::Document next(size_t share = 1) {
    pickle::Document document(bytes_.substr(at_), path_, share);
    at_ += document.size();
    return document;
  }

  // What the object says of each storage: a key alone does not tell the size of an element.
  std::map<std::string_view, pickle::Storage> described(pickle::Document& object) const {
    std::map<std::string_view, pickle::Storage> found;
    for (pickle::Value& value : object.values()) {
      const auto* storage = value.as<pickle::Storage>();
      if (storage == nullptr) continue;
      const auto [entry, is_new] = found.emplace(storage->key, *storage);
      if (!is_new && (entry->second.dtype != storage->dtype || entry->second.count != storage->count)) {
        refuse_weights(path_, "it describes the storage " + in_quotes(storage->key) + " in two ways");
      }
    }
    return found;
  }

  void read_storages(pickle::Document& object, pickle::Value* keys, Checkpoint* checkpoint) {
    const auto* list = keys->as<pickle::Sequence>();
    if (list == nullptr) refuse_weights(path_, "it has no list of storages");
    const auto storages = described(object);
    for (pickle::Value* const item : list->items) {
      const auto* key = item->as<std::string_view>();
      const auto storage = key == nullptr ? storages.end() : storages.find(*key);
      if (storage == storages.end()) refuse_weights(path_, "it lists a storage that no tensor refers to");
      if (!checkpoint->storages.emplace(*key, take_data(storage->second)).second) {
        refuse_weights(path_, "it lists the storage " + in_quotes(*key) + " twice");
      }
    }
  }

  std::string_view take_data(const pickle::Storage& storage) {
    const std::string name = "the storage " + in_quotes(storage.key);
    if (!within(at_, kCountSize, bytes_.size())) refuse_weights(path_, name + " is missing; the file is cut short");
    const auto count = read_little_endian<int64_t>(bytes_, at_);
    at_ += kCountSize;
    if (count != storage.count) {
      refuse_weights(path_,
                     name + " has " + std::to_string(count) + " elements instead of " + std::to_string(storage.count));
    }
    const std::optional<int64_t> size = checked_product(count, storage.dtype->bytes);
    if (!size || !within(at_, static_cast<uint64_t>(*size), bytes_.size())) {
      refuse_weights(path_, name + " claims " + std::to_string(count) + " elements, which the file does not have");
    }
    const std::string_view data = bytes_.substr(at_, static_cast<size_t>(*size));
    at_ += data.size();
    return data;
  }

  std::string_view bytes_;
  std::string path_;
  size_t at_ = 0;
};

}  // namespace

Checkpoint open_legacy_checkpoint(std::shared_ptr<const FileBytes> file) {
  Checkpoint checkpoint;
  LegacyReader(*file).read(&checkpoint);
  checkpoint.file = std::move(file);
  return checkpoint;
}

}  // namespace dinomaly
