# Files of the bench executable, relative to this folder.
set(DINOMALY_BENCH_SOURCES
  main.cpp
  peak.cpp
  peak_loops.cpp
  profile.cpp
)
