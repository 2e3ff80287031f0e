#!/usr/bin/env bash
# Installs what receiver.mjs needs beside the programs, once for each lock file, so that the source
# tree stays clean, and prints the path of receiver.mjs there.
# usage: tests/receivers/stage.sh BIN-DIR
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
stage=${1:?usage: tests/receivers/stage.sh BIN-DIR}/../tests/receivers
readonly here stage

mkdir -p "$stage"
exec 9>"$stage/.lock"
flock 9 # several tests come here at once
cp -r "$here/receiver.mjs" "$here/schemas" "$here/package.json" "$here/package-lock.json" "$here/.npmrc" "$stage"
if ! cmp --silent "$here/package-lock.json" "$stage/installed-lock.json"; then
  (cd "$stage" && npm ci --ignore-scripts --prefer-offline --loglevel error >npm.log 2>&1) || {
    cat "$stage/npm.log" >&2
    exit 1
  }
  cp "$here/package-lock.json" "$stage/installed-lock.json"
fi
echo "$(cd "$stage" && pwd)/receiver.mjs"
