# Builds the dashboard with npm and embeds it into the library `server`, as server/assets.h.
# npm works on a copy in the build tree, so that build trees do not share node_modules.
set(web_source ${CMAKE_CURRENT_LIST_DIR})
set(web_stage ${CMAKE_BINARY_DIR}/dashboard/stage)
set(web_embedded ${CMAKE_BINARY_DIR}/dashboard/assets.cc
  ${CMAKE_BINARY_DIR}/dashboard/assets_bytes.S)

if(VDIWATCH_DASHBOARD)
  find_program(NPM npm)
  if(NOT NPM)
    message(FATAL_ERROR "npm is missing: install Node.js 18 or newer, or leave the dashboard out "
                        "with -DVDIWATCH_DASHBOARD=OFF")
  endif()
  # npm's engine-strict would say it too, but refuses Debian 12's npm 9.2 for a package that works with it.
  execute_process(COMMAND node --version OUTPUT_VARIABLE node_version
    OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(NOT node_version MATCHES "^v([0-9.]+)$" OR CMAKE_MATCH_1 VERSION_LESS 18.17)
    message(FATAL_ERROR "Node.js is \"${node_version}\": install 18.17 or newer, or leave the dashboard "
                        "out with -DVDIWATCH_DASHBOARD=OFF")
  endif()
  set(web_dist ${CMAKE_BINARY_DIR}/dashboard/dist)
  set(web_lock ${web_source}/package.json ${web_source}/package-lock.json ${web_source}/.npmrc)
  file(GLOB_RECURSE web_files CONFIGURE_DEPENDS ${web_source}/src/*)
  list(APPEND web_files ${web_source}/index.html ${web_source}/pack.mjs ${web_source}/tsconfig.json
    ${web_source}/vite.config.ts)

  add_custom_command(OUTPUT ${web_stage}/installed.stamp
    COMMAND ${CMAKE_COMMAND} -E make_directory ${web_stage}
    COMMAND ${CMAKE_COMMAND} -E copy ${web_lock} ${web_stage}
    COMMAND ${CMAKE_COMMAND} -E chdir ${web_stage}
      ${NPM} ci --ignore-scripts --prefer-offline --loglevel error
    COMMAND ${CMAKE_COMMAND} -E touch ${web_stage}/installed.stamp
    DEPENDS ${web_lock}
    COMMENT "Installing what the dashboard is built with" VERBATIM)
  add_custom_command(OUTPUT ${web_stage}/built.stamp
    COMMAND ${CMAKE_COMMAND} -E rm -rf ${web_stage}/src
    COMMAND ${CMAKE_COMMAND} -E copy_directory ${web_source}/src ${web_stage}/src
    COMMAND ${CMAKE_COMMAND} -E copy ${openapi_out}/openapi.yaml ${web_stage}/openapi.yaml
    COMMAND ${CMAKE_COMMAND} -E copy ${web_source}/index.html ${web_source}/pack.mjs
      ${web_source}/tsconfig.json ${web_source}/vite.config.ts ${web_stage}
    COMMAND ${CMAKE_COMMAND} -E chdir ${web_stage}
      ${CMAKE_COMMAND} -E env VDIWATCH_WEB_OUT=${web_dist} ${NPM} run build --silent
    COMMAND ${CMAKE_COMMAND} -E touch ${web_stage}/built.stamp
    DEPENDS ${web_stage}/installed.stamp ${web_files} ${openapi_out}/openapi.yaml
    COMMENT "Building the dashboard" VERBATIM)
  set(web_ready ${web_stage}/built.stamp)
else()
  set(web_dist ${web_source}/left_out)
  set(web_ready ${web_source}/left_out/index.html)
endif()

add_custom_command(OUTPUT ${web_embedded}
  COMMAND ${CMAKE_COMMAND} -DDIST=${web_dist} -DOUT=${CMAKE_BINARY_DIR}/dashboard
    -P ${web_source}/embed_assets.cmake
  DEPENDS ${web_ready} ${web_source}/embed_assets.cmake
  COMMENT "Embedding the dashboard" VERBATIM)
# A target of its own, so that npm need not wait for the libraries that server stands on.
add_library(dashboard OBJECT ${web_embedded})
target_sources(server PRIVATE $<TARGET_OBJECTS:dashboard>)
