#!/usr/bin/env bash
# The browser test on the real thing: starts the daemon, a simulated fleet and a webhook on free
# ports of loopback, and walks through the dashboard with Chromium.
# usage: tests/web/e2e.sh BIN-DIR [SCREENSHOT-DIR]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bin=$(cd "${1:?usage: tests/web/e2e.sh BIN-DIR [SCREENSHOT-DIR]}" && pwd)
screenshots=${2:-$bin/../tests/web-screenshots}
pools=(finance-vmware engineering-azure citrix-xen horizon-instant nutanix-wsl2 vmware-no-nested)
readonly here bin screenshots pools
# shellcheck source=tests/web/daemon.bash
source "$here/daemon.bash"

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
  await_file "$work/hook-port" "$!"
  hook_port=$(<"$work/hook-port")
}

write_config() {
  mkdir "$work/policy"
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
}

begin web
install_packages "$here" web
check_words
start_receiver
write_config
write_password
start_daemon --admin admin --password-file "$work/password"
start_fleet 3 "${pools[@]}"
node "$stage/run.mjs" --url "https://127.0.0.1:$people_port" --user admin \
  --password-file "$work/password" --received "$work/received" --screenshots "$screenshots" \
  --agent "$bin/vdiwatch-agent" --collector "https://127.0.0.1:$agents_port"
