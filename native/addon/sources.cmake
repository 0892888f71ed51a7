# Files of the Node-API addon, relative to this folder.
set(DINOMALY_ADDON_SOURCES
  addon.cpp
  convert.cpp
  environment.cpp
  errors.cpp
  executor.cpp
  maps_job.cpp
  metrics_convert.cpp
  metrics_job.cpp
  metrics_stream_wrap.cpp
  model_wrap.cpp
  options.cpp
  score_queue.cpp
  stop_wrap.cpp
  trainer_wrap.cpp
)
