#include "atomic_file.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <ctime>

#include "../error.h"

namespace dinomaly {
namespace {

constexpr size_t kLongestWrite = size_t{1} << 30;  // one write() transfers less than 2 GiB
constexpr int kMaxLinks = 40;
constexpr int kMaxNames = 100;

// A write past the process's file size limit raises SIGXFSZ, which ends the process. Held back in this thread, the
// write fails with EFBIG instead; a signal that came meanwhile is taken off the queue.
class FileSizeSignalHeld {
 public:
  FileSizeSignalHeld() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGXFSZ);
    ::pthread_sigmask(SIG_BLOCK, &set_, &previous_);
  }
  ~FileSizeSignalHeld() {
    const int kept_errno = errno;
    if (sigismember(&previous_, SIGXFSZ) == 0) {
      const timespec none{};
      while (::sigtimedwait(&set_, nullptr, &none) > 0) {
      }
    }
    ::pthread_sigmask(SIG_SETMASK, &previous_, nullptr);
    errno = kept_errno;
  }
  FileSizeSignalHeld(const FileSizeSignalHeld&) = delete;
  FileSizeSignalHeld& operator=(const FileSizeSignalHeld&) = delete;

 private:
  sigset_t set_{}, previous_{};
};

std::string remedy(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
      return "; free some space there or choose another path";
    case EFBIG:
      return "; the file size limit of this process (ulimit -f) is too low";
    case ENOENT:
      return "; create its folder first";
    case EACCES:
    case EPERM:
    case EROFS:
      return "; choose a folder that this user may write to";
    default:
      return "";
  }
}

[[noreturn]] void refuse(const std::string& path, const std::string& cause) {
  throw Error("FILE_WRITE", "Cannot write '" + path + "': " + cause);
}

std::string folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// Follows symbolic links, a dangling one too: the file is then made where it points.
std::string resolve(const std::string& path) {
  std::string target = path;
  for (int i = 0; i <= kMaxLinks; ++i) {
    char link[PATH_MAX];
    const ssize_t length = ::readlink(target.c_str(), link, sizeof link);
    if (length <= 0) return target;  // no link; what else is wrong with it is told when the file is opened
    const std::string next(link, static_cast<size_t>(length));
    target = next.front() == '/' ? next : folder_of(target) + "/" + next;
  }
  refuse(path, errno_text(ELOOP));
}

// Where a process id means something: this start of this machine and this namespace of ids. lib/drafts.ts names its
// files alike, and removes those of processes that are gone.
std::string where_ids_count() {
  char start[8];
  const FileDescriptor boot(::open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC));
  if (!boot.valid() || ::read(boot.get(), start, sizeof start) != sizeof start) return "";
  char link[64];  // pid:[4026531836]
  const ssize_t length = ::readlink("/proc/self/ns/pid", link, sizeof link);
  std::string space;
  for (ssize_t i = 0; i < length; ++i) {
    if (link[i] >= '0' && link[i] <= '9') space += link[i];
  }
  return space.empty() ? "" : std::string(start, sizeof start) + "-" + space + "-";
}

// Unique in this process and, by the process id, among its neighbours; O_EXCL settles the rest. The name does not
// contain the target's, which may already be as long as the file system allows.
std::string temporary_name() {
  static std::atomic<unsigned> counter{0};
  static const std::string where = where_ids_count();
  return ".dinomaly-" + where + std::to_string(::getpid()) + "-" + std::to_string(counter++) + ".tmp";
}

}  // namespace

void AtomicFile::fail(int error) const { refuse(path_, errno_text(error) + remedy(error)); }

AtomicFile::AtomicFile(const std::string& path) : path_(path) {
  if (path.empty() || path.find('\0') != std::string::npos) refuse(path.c_str(), "it is not a path");
  target_ = resolve(path);
  if (target_.back() == '/') refuse(path, "it is a folder, expected a file name");
  folder_ = folder_of(target_);
  struct stat previous{};
  const bool exists = ::stat(target_.c_str(), &previous) == 0;
  if (!exists && errno != ENOENT) fail(errno);
  if (exists && S_ISDIR(previous.st_mode)) refuse(path, "it is a folder, expected a file name");
  if (exists && !S_ISREG(previous.st_mode)) refuse(path, "it is not a regular file");
  for (int i = 0; i < kMaxNames && !file_.valid(); ++i) {
    temporary_ = folder_ + "/" + temporary_name();
    file_ = FileDescriptor(::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (!file_.valid() && errno != EEXIST) break;
  }
  if (!file_.valid()) {
    temporary_.clear();
    fail(errno);
  }
  // Not decisive: a file system without permissions refuses it.
  if (exists) static_cast<void>(::fchmod(file_.get(), previous.st_mode & 07777));
}

AtomicFile::~AtomicFile() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void AtomicFile::write(std::string_view bytes) {
  const FileSizeSignalHeld held;
  while (!bytes.empty()) {
    const ssize_t written = ::write(file_.get(), bytes.data(), std::min(bytes.size(), kLongestWrite));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail(errno);
    if (written == 0) fail(ENOSPC);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
}

void AtomicFile::commit() {
  if (::fsync(file_.get()) != 0) fail(errno);
  // close() may report what a network file system could not write.
  if (::close(file_.release()) != 0) fail(errno);
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) fail(errno);
  temporary_.clear();
  // The file is in place. Some file systems cannot sync a folder, which is no reason to call the write failed.
  const FileDescriptor folder(::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.valid()) static_cast<void>(::fsync(folder.get()));
}

}  // namespace dinomaly
