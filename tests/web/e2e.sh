#!/usr/bin/env bash
# The browser test on the real thing: starts the daemon and a simulated fleet on free ports of
# loopback, walks through the dashboard with Chromium, and ends both by the ids it recorded.
# usage: tests/web/e2e.sh BIN-DIR [SCREENSHOT-DIR]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bin=$(cd "${1:?usage: tests/web/e2e.sh BIN-DIR [SCREENSHOT-DIR]}" && pwd)
screenshots=${2:-$bin/../tests/web-screenshots}
pools=(finance-vmware engineering-azure citrix-xen horizon-instant nutanix-wsl2 vmware-no-nested)
readonly here bin screenshots pools
work=$(mktemp --directory --tmpdir vdiwatch-web.XXXXXX)
readonly work
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
  echo "e2e.sh: $1" >&2
  exit 1
}

# npm works on a copy beside the programs, so that the source tree stays clean.
install_browser_driver() {
  stage=$bin/../tests/web
  mkdir -p "$stage"
  cp "$here"/*.mjs "$here"/package.json "$here"/package-lock.json "$here"/.npmrc "$stage"
  if ! cmp --silent "$here/package-lock.json" "$stage/installed-lock.json"; then
    (cd "$stage" && npm ci --ignore-scripts --prefer-offline --loglevel error)
    cp "$here/package-lock.json" "$stage/installed-lock.json"
  fi
  stage=$(cd "$stage" && pwd)
  runner=$stage/run.mjs
}

check_words() {
  VDIWATCH_WEB_SOURCE=$here/../../server/web node --test "$stage/words_test.mjs" >"$work/words.log" ||
    fail 'the words of the dashboard are wrong'
}

# Pools with attributes and expected members, and a waiver for one desktop of the simulated fleet.
write_policy() {
  cat >"$work/policy/pools.yaml" <<YAML
pools:
  - name: finance-vmware
    docker: required
    attributes: {site: Frankfurt, owner: finance-it@corp.example}
    expected_members: 45
  - name: citrix-xen
    attributes: {site: Leeds}
YAML
  cat >"$work/policy/waivers.yaml" <<YAML
waivers:
  - id: xen-until-move
    rule: hypervisor-supported
    pool: citrix-xen
    desktop: lds-ctx-001
    owner: citrix@corp.example
    reason: Moves to VMware with the new cluster (CHG-4711).
    expires: $(date --utc --date='+9 days' +%F)
YAML
}

# Alerts go to a webhook that is there and to one that is not.
write_alerts() {
  echo "whsec_$(head --bytes=32 /dev/urandom | base64 --wrap=0)" >"$work/hook-secret"
  chmod 600 "$work/hook-secret"
  cat >"$work/alerts.yaml" <<YAML
timings: {hold: 1s, clear_hold: 1s, remind_every: 24h}
sinks:
  - name: ops-hook
    webhook: {url: "http://127.0.0.1:$hook_port/", secret_file: hook-secret, allow_private: true}
  - name: broken-hook
    webhook: {url: "http://127.0.0.1:9/", secret_file: hook-secret, allow_private: true}
routes:
  - {sinks: [ops-hook, broken-hook]}
YAML
}

# Sets hook_port.
start_receiver() {
  : >"$work/received"
  node "$stage/receiver.mjs" "$work/hook-port" "$work/received" >"$work/receiver.log" 2>&1 &
  children+=($!)
  local deadline=$((SECONDS + 30))
  until [[ -s $work/hook-port ]]; do
    ((SECONDS < deadline)) || fail 'the receiver of webhooks did not start within 30 s'
    sleep 0.2
  done
  hook_port=$(<"$work/hook-port")
}

# Sets agents_port and people_port once the daemon says which ones it got.
start_daemon() {
  mkdir "$work/data" "$work/policy"
  write_policy
  write_alerts
  cat >"$work/vdiwatch.yaml" <<YAML
data_dir: data
policy_dir: policy
alerts_file: alerts.yaml
agents:
  listen: 127.0.0.1:0
  check_in_every: 20s
people:
  listen: 127.0.0.1:0
YAML
  head --bytes=15 /dev/urandom | base64 >"$work/password"
  "$bin/vdiwatch" init --config "$work/vdiwatch.yaml" --admin admin \
    --password-file "$work/password" >"$work/init.log"
  "$bin/vdiwatch" serve --config "$work/vdiwatch.yaml" >"$work/serve.log" 2>&1 &
  daemon=$!
  children+=("$daemon")
  local deadline=$((SECONDS + 60))
  until [[ -s $work/data/ports.json ]]; do
    kill -0 "$daemon" 2>/dev/null || fail 'the daemon has ended'
    ((SECONDS < deadline)) || fail 'the daemon did not say its ports within 60 s'
    sleep 0.2
  done
  agents_port=$(jq --exit-status .agents "$work/data/ports.json")
  people_port=$(jq --exit-status .people "$work/data/ports.json")
}

start_fleet() {
  local pool
  for pool in "${pools[@]}"; do
    echo "$pool $("$bin/vdiwatch" token create --config "$work/vdiwatch.yaml" --pool "$pool")"
  done >"$work/tokens"
  "$bin/vdiwatch-sim" fleet --server "https://127.0.0.1:$agents_port" \
    --ca "$work/data/ca/ca.pem" --tokens "$work/tokens" --boots 3 --interval 20 \
    >"$work/fleet.log" 2>&1 &
  fleet=$!
  children+=("$fleet")
}

# Counts and lists agree only once the fleet stands still.
wait_for_fleet() {
  local deadline=$((SECONDS + 180))
  until grep --quiet --extended-regexp ' ([0-9]+) of \1 desktops settled' "$work/fleet.log"; do
    kill -0 "$fleet" 2>/dev/null || fail 'the fleet has ended'
    ((SECONDS < deadline)) || fail 'the fleet did not settle within 180 s'
    sleep 1
  done
}

install_browser_driver
check_words
start_receiver
start_daemon
start_fleet
wait_for_fleet
node "$runner" --url "https://127.0.0.1:$people_port" --user admin \
  --password-file "$work/password" --received "$work/received" --screenshots "$screenshots"
