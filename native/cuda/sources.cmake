# Files of the CUDA library, relative to this folder.
set(DINOMALY_CUDA_SOURCES
  library.cpp
)
