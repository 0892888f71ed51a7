# Read by ctest at its start: makes one test of each case that ${executable} lists.
execute_process(COMMAND ${executable} --list OUTPUT_VARIABLE listed RESULT_VARIABLE status
  OUTPUT_STRIP_TRAILING_WHITESPACE)
if(NOT status EQUAL 0 OR listed STREQUAL "")
  message(FATAL_ERROR "${executable} --list ended with ${status} and listed '${listed}'")
endif()
# A title may hold what CMake gives a meaning to: semicolons split lists, brackets keep them together.
string(REPLACE ";" "\\;" listed "${listed}")
string(REPLACE "\n" ";" titles "${listed}")
foreach(title IN LISTS titles)
  add_test("${title}" ${executable} --run "${title}")
  set_tests_properties("${title}" PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 300)
endforeach()
