#!/usr/bin/env bash
# Property-based test of the API: starts a daemon and a small simulated fleet on free ports of
# loopback, asks it everything that its OpenAPI document describes, and ends both by their ids.
# usage: tests/web/fuzz.sh BIN-DIR [SEED [RUNS]]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bin=$(cd "${1:?usage: tests/web/fuzz.sh BIN-DIR [SEED [RUNS]]}" && pwd)
seed=${2:-20261126}
runs=${3:-60}
work=$(mktemp --directory --tmpdir vdiwatch-fuzz.XXXXXX)
readonly here bin seed runs work
children=()

finish() {
  local code=$? child
  for child in "${children[@]}"; do kill -TERM "$child" 2>/dev/null || true; done
  for child in "${children[@]}"; do wait "$child" 2>/dev/null || true; done
  if ((code != 0)); then
    tail --lines=15 "$work"/*.log >&2 2>/dev/null || true
  fi
  rm -rf "$work"
  exit "$code"
}
trap finish EXIT

fail() {
  echo "fuzz.sh: $1" >&2
  exit 1
}

# npm works on a copy beside the programs, so that the source tree stays clean.
install_modules() {
  stage=$bin/../tests/web-fuzz
  mkdir -p "$stage"
  cp "$here"/{arbitrary,described,fuzz,report}.mjs "$here"/package.json "$here"/package-lock.json \
    "$here"/.npmrc "$stage"
  if ! cmp --silent "$here/package-lock.json" "$stage/installed-lock.json"; then
    (cd "$stage" && npm ci --ignore-scripts --prefer-offline --loglevel error)
    cp "$here/package-lock.json" "$stage/installed-lock.json"
  fi
}

# Sets agents_port and people_port once the daemon says which ones it got.
start_daemon() {
  mkdir "$work/data"
  cat >"$work/vdiwatch.yaml" <<YAML
data_dir: data
agents: {listen: '127.0.0.1:0', check_in_every: 20s}
people: {listen: '127.0.0.1:0'}
YAML
  head --bytes=15 /dev/urandom | base64 >"$work/password"
  "$bin/vdiwatch" init --config "$work/vdiwatch.yaml" --admin admin \
    --password-file "$work/password" >"$work/init.log"
  "$bin/vdiwatch" serve --config "$work/vdiwatch.yaml" >"$work/serve.log" 2>&1 &
  children+=($!)
  local deadline=$((SECONDS + 60))
  until [[ -s $work/data/ports.json ]]; do
    kill -0 "${children[0]}" 2>/dev/null || fail 'the daemon has ended'
    ((SECONDS < deadline)) || fail 'the daemon did not say its ports within 60 s'
    sleep 0.2
  done
  agents_port=$(jq --exit-status .agents "$work/data/ports.json")
  people_port=$(jq --exit-status .people "$work/data/ports.json")
}

start_fleet() {
  echo "citrix-xen $("$bin/vdiwatch" token create --config "$work/vdiwatch.yaml" --pool citrix-xen)" \
    >"$work/fleet-tokens"
  "$bin/vdiwatch-sim" fleet --server "https://127.0.0.1:$agents_port" --ca "$work/data/ca/ca.pem" \
    --tokens "$work/fleet-tokens" --boots 1 --interval 20 >"$work/fleet.log" 2>&1 &
  children+=($!)
  local deadline=$((SECONDS + 120))
  until grep --quiet --extended-regexp ' ([0-9]+) of \1 desktops settled' "$work/fleet.log"; do
    kill -0 "${children[1]}" 2>/dev/null || fail 'the fleet has ended'
    ((SECONDS < deadline)) || fail 'the fleet did not settle within 120 s'
    sleep 1
  done
}

write_tokens() {
  local role
  for role in viewer operator policy_editor administrator; do
    "$bin/vdiwatch" api-token create --config "$work/vdiwatch.yaml" --name "fuzz-$role" \
      --role "$role" --expires 1d | jq --raw-input --arg role "$role" '{($role): .}'
  done | jq --slurp add >"$work/tokens.json"
}

install_modules
start_daemon
start_fleet
write_tokens
node "$stage/fuzz.mjs" --url "https://127.0.0.1:$people_port" --ca "$work/data/ca/ca.pem" \
  --tokens "$work/tokens.json" --seed "$seed" --runs "$runs"
