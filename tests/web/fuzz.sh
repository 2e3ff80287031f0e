#!/usr/bin/env bash
# Property-based test of the API: starts a daemon and a small simulated fleet on free ports of
# loopback, and asks it everything that its OpenAPI document describes.
# usage: tests/web/fuzz.sh BIN-DIR [SEED [RUNS]]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bin=$(cd "${1:?usage: tests/web/fuzz.sh BIN-DIR [SEED [RUNS]]}" && pwd)
seed=${2:-20261126}
runs=${3:-60}
readonly here bin seed runs
# shellcheck source=tests/web/daemon.bash
source "$here/daemon.bash"

write_config() {
  cat >"$work/vdiwatch.yaml" <<YAML
data_dir: data
agents: {listen: '127.0.0.1:0', check_in_every: 20s}
people: {listen: '127.0.0.1:0'}
YAML
}

write_tokens() {
  local role
  for role in viewer operator policy_editor administrator; do
    "$bin/vdiwatch" api-token create --config "$work/vdiwatch.yaml" --name "fuzz-$role" \
      --role "$role" --expires 1d | jq --raw-input --arg role "$role" '{($role): .}'
  done | jq --slurp add >"$work/tokens.json"
}

begin fuzz
# A folder of its own: it may run beside the browser's test.
install_packages "$here" web-fuzz
write_config
write_password
start_daemon --admin admin --password-file "$work/password"
start_fleet 1 citrix-xen
write_tokens
node "$stage/fuzz.mjs" --url "https://127.0.0.1:$people_port" --ca "$work/data/ca/ca.pem" \
  --tokens "$work/tokens.json" --seed "$seed" --runs "$runs"
