# Files of the ctest executable, relative to this folder.
set(DINOMALY_TEST_SOURCES
  main.cpp
  harness.cpp
  network_test.cpp
  preprocess_test.cpp
  small_model.cpp
  train_test.cpp
)
