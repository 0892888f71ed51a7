// The addon that Node opens first. It links nothing but the C library, so it loads anywhere; it says which libtorch the
// real addon was built against, and brings that libtorch into the process by absolute path. The real addon has no
// rpath: its NEEDED names then resolve to the libraries that are already there. process.dlopen cannot do this, since it
// refuses a library that is no addon.
#include <dlfcn.h>
#include <node_api.h>
#include <stdlib.h>

// open(path): dlopen, or a thrown error with the text of dlerror.
static napi_value open_library(napi_env env, napi_callback_info info) {
  napi_value path_value;
  size_t count = 1, length = 0;
  if (napi_get_cb_info(env, info, &count, &path_value, NULL, NULL) != napi_ok || count != 1 ||
      napi_get_value_string_utf8(env, path_value, NULL, 0, &length) != napi_ok) {
    napi_throw_type_error(env, NULL, "open() expects the path of a library");
    return NULL;
  }
  char* path = malloc(length + 1);
  if (path == NULL || napi_get_value_string_utf8(env, path_value, path, length + 1, NULL) != napi_ok) {
    napi_throw_error(env, NULL, "open() could not read its argument");
  } else if (dlopen(path, RTLD_NOW | RTLD_LOCAL) == NULL) {
    napi_throw_error(env, NULL, dlerror());
  }
  free(path);
  return NULL;
}

NAPI_MODULE_INIT() {
  napi_value version, open;
  if (napi_create_string_utf8(env, DINOMALY_TORCH_VERSION, NAPI_AUTO_LENGTH, &version) != napi_ok ||
      napi_set_named_property(env, exports, "torchVersion", version) != napi_ok ||
      napi_create_function(env, "open", NAPI_AUTO_LENGTH, open_library, NULL, &open) != napi_ok ||
      napi_set_named_property(env, exports, "open", open) != napi_ok) {
    return NULL;
  }
  return exports;
}
