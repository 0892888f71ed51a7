# Read by ctest at its start: makes one test of each check of each folder of cases. ${parity} is dinomaly_parity,
# ${cmake} is CMake, ${source} the repository.

function(parity_tests title folder)
  foreach(check IN LISTS ARGN)
    set(name "parity of ${title}: ${check}")
    if(folder)
      add_test("${name}" ${parity} ${folder} ${check})
    else()
      add_test("${name}" ${cmake} -E echo "skipped: DINOMALY_SHARED names no folder of reference cases")
    endif()
    set_tests_properties("${name}" PROPERTIES TIMEOUT 300 SKIP_REGULAR_EXPRESSION "^skipped: ")
  endforeach()
endfunction()

parity_tests("the linear fixtures" ${source}/test/fixtures/cases forward train metrics checkpoints)
parity_tests("the softmax fixtures" ${source}/test/fixtures/softmax forward train checkpoints)

set(shared "")
set(wide "")
if(NOT "$ENV{DINOMALY_SHARED}" STREQUAL "")
  set(shared $ENV{DINOMALY_SHARED}/parity/cases)
  set(wide ${shared}/wide)
endif()
parity_tests("the shared cases" "${shared}" forward train metrics checkpoints)
parity_tests("the shared wide pictures" "${wide}" forward)
