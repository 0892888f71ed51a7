// The only place that includes Node-API: its switches (CMakeLists.txt sets NAPI_VERSION and C++ exceptions) must agree
// in every file.
#pragma once

#include <napi.h>
