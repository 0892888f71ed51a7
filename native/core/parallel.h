// Independent tasks on several threads.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "stop_token.h"

namespace dinomaly {

// Runs task(0) to task(count - 1), each once, on as many threads as operators may use, the calling one among them.
// Tasks are handed out one by one, since they differ in length, where at::parallel_for deals fixed shares; and the
// threads end with the call, where an OpenMP team would stay with the calling thread. `stop` is polled before each
// task. The first exception ends the rest and is thrown from here.
void run_parallel(int64_t count, const StopToken& stop, const std::function<void(int64_t task)>& task);

// From now on operators that the calling thread calls run on it alone, so that no OpenMP team stays with it;
// run_parallel has as many threads as before.
void keep_to_one_thread();

// Gives the calling thread a name that debuggers and `top -H` show; the first 15 characters of it.
void name_thread(const std::string& name);

}  // namespace dinomaly
