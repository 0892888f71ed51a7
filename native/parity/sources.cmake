# Files of the parity executable, relative to this folder.
set(DINOMALY_PARITY_SOURCES
  main.cpp
  case_file.cpp
  checkpoint_check.cpp
  forward_check.cpp
  losses_check.cpp
  metrics_check.cpp
  noise_check.cpp
  report.cpp
  train_check.cpp
)
