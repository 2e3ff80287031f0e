# Puts the OpenAPI document together and embeds it into the library `server`.
set(openapi_source ${CMAKE_CURRENT_LIST_DIR})
set(openapi_out ${CMAKE_BINARY_DIR}/openapi)
file(GLOB openapi_files CONFIGURE_DEPENDS ${openapi_source}/openapi/*.yaml)
add_custom_command(OUTPUT ${openapi_out}/openapi_bytes.S ${openapi_out}/openapi.yaml
  COMMAND ${CMAKE_COMMAND} -DSOURCE=${openapi_source} -DOUT=${openapi_out}
    -P ${openapi_source}/assemble_openapi.cmake
  DEPENDS ${openapi_source}/openapi.yaml ${openapi_files} ${openapi_source}/assemble_openapi.cmake
  COMMENT "Putting the OpenAPI document together" VERBATIM)
target_sources(server PRIVATE ${openapi_out}/openapi_bytes.S)
