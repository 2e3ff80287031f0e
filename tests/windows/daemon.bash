# A collector for the tests under Wine, for scripts to source after wine.bash and start_wine:
# `start_daemon BIN-DIR` makes one in $wine_work/daemon, `stop_daemon` ends it, `run_daemon` starts it
# again. $agents_port is where agents reach it, $daemon_ca its CA, $daemon_token a token of the pool
# windows. `daemon COMMAND…` is its command line.
# shellcheck shell=bash disable=SC2154,SC2034

free_port() {
  local port
  while port=$((20000 + RANDOM % 10000)) && (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
  echo "$port"
}

daemon() { HOME=$daemon_home "$daemon_bin/vdiwatch" "$@"; }

run_daemon() {
  "$daemon_bin/vdiwatch" serve --config "$daemon_home/vdiwatch.yaml" >>"$daemon_home/log" 2>&1 &
  daemon_pid=$!
  wait_until 60 'the collector answers' curl --silent --fail --max-time 5 --cacert "$daemon_ca" \
    --output /dev/null "https://127.0.0.1:$people_port/readyz"
}

stop_daemon() {
  kill -TERM "$daemon_pid"
  wait "$daemon_pid" || true
  daemon_pid=
}

start_daemon() {
  daemon_bin=$(cd "$1" && pwd) daemon_home=$wine_work/daemon
  [[ -x $daemon_bin/vdiwatch ]] || wine_fail "there is no $daemon_bin/vdiwatch: build the release preset"
  agents_port=$(free_port) people_port=$(free_port)
  mkdir -p "$daemon_home/policy"
  cat >"$daemon_home/vdiwatch.yaml" <<YAML
data_dir: data
policy_dir: policy
agents:
  listen: 127.0.0.1:$agents_port
  check_in_every: 5s
people:
  listen: 127.0.0.1:$people_port
YAML
  echo 'a-password-for-tests' >"$daemon_home/password"
  daemon init --config "$daemon_home/vdiwatch.yaml" --admin admin --password-file "$daemon_home/password" >/dev/null
  daemon_ca=$daemon_home/data/ca/ca.pem
  daemon_token=$(daemon token create --config "$daemon_home/vdiwatch.yaml" --pool windows --expires 1d)
  daemon api-token create --config "$daemon_home/vdiwatch.yaml" --name test --role administrator \
    --expires 1d >"$daemon_home/api-token"
  run_daemon
  daemon profile set --server "https://127.0.0.1:$people_port" --ca-file "$daemon_ca" \
    --token-file "$daemon_home/api-token" >/dev/null
}

# wait_until SECONDS WHAT COMMAND…: until the command succeeds.
wait_until() {
  local deadline=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < deadline)) || fail "gave up waiting: $what"
    sleep 0.5
  done
}

fail() {
  echo "FAILED: $1" >&2
  exit 1
}

end_daemon() { [[ -z ${daemon_pid:-} ]] || stop_daemon; }
