# cmake -DSOURCE=<folder> -DOUT=<folder> -P assemble_openapi.cmake
# Writes OUT/openapi.yaml, the one OpenAPI document, of SOURCE/openapi.yaml and SOURCE/openapi/*.yaml,
# and OUT/openapi_bytes.S, which holds it for server/api_description.cc.
cmake_minimum_required(VERSION 3.25)

# What stands between two markers of an area's file; `{}` is nothing.
function(part text begin end result)
  string(FIND "${text}" "${begin}" from)
  string(LENGTH "${begin}" length)
  string(FIND "${text}" "${end}" to)
  if(from EQUAL -1 OR to EQUAL -1)
    message(FATAL_ERROR "assemble_openapi: ${file} needs `paths:` and then `components:` with `schemas:`")
  endif()
  math(EXPR from "${from} + ${length}")
  math(EXPR length "${to} - ${from}")
  string(SUBSTRING "${text}" ${from} ${length} found)
  string(STRIP "${found}" stripped)
  if(stripped STREQUAL "{}")
    set(found "")
  endif()
  set(${result} "${found}" PARENT_SCOPE)
endfunction()

file(READ ${SOURCE}/openapi.yaml document)
set(paths "")
set(schemas "")
file(GLOB files ${SOURCE}/openapi/*.yaml)
list(SORT files)
foreach(file ${files})
  file(READ ${file} text)
  string(APPEND text "\n<end>")
  part("${text}" "paths:" "\ncomponents:" found)
  string(APPEND paths "${found}")
  part("${text}" "\n  schemas:" "\n\n<end>" found)
  string(APPEND schemas "${found}")
endforeach()
file(WRITE ${OUT}/openapi.yaml "${document}  schemas:${schemas}\npaths:${paths}\n")

file(SHA256 ${OUT}/openapi.yaml hash)
file(WRITE ${OUT}/openapi_bytes.S "/* ${hash} */
  .section .rodata
  .global vdiwatch_openapi
  .global vdiwatch_openapi_end
vdiwatch_openapi:
  .incbin \"${OUT}/openapi.yaml\"
vdiwatch_openapi_end:
  .byte 0
  .section .note.GNU-stack,\"\",%progbits
")
