# A daemon and a simulated fleet on free ports of loopback, for the tests that a browser or an HTTP
# client drives. Needs $bin, the folder of the programs; `begin` comes first, and sets $work.
# shellcheck shell=bash disable=SC2034,SC2154

children=()

# A folder for this run, and an end of everything that it started, by recorded ids.
begin() {
  work=$(mktemp --directory --tmpdir "vdiwatch-$1.XXXXXX")
  trap finish EXIT
}

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

fail() {
  echo "${0##*/}: $1" >&2
  exit 1
}

# Waits until the file holds something; the process that writes it must live meanwhile.
await_file() {
  local file=$1 child=$2 deadline=$((SECONDS + 60))
  until [[ -s $file ]]; do
    kill -0 "$child" 2>/dev/null || fail "what writes $file has ended"
    ((SECONDS < deadline)) || fail "there was no $file within 60 s"
    sleep 0.2
  done
}

# npm works on a copy of the folder beside the programs, so that the source tree stays clean. Sets stage.
install_packages() {
  local source=$1
  mkdir -p "$bin/../tests/$2"
  stage=$(cd "$bin/../tests/$2" && pwd)
  cp "$source"/*.mjs "$source"/package.json "$source"/package-lock.json "$source"/.npmrc "$stage"
  if ! cmp --silent "$source/package-lock.json" "$stage/installed-lock.json"; then
    (cd "$stage" && npm ci --ignore-scripts --prefer-offline --loglevel error)
    cp "$source/package-lock.json" "$stage/installed-lock.json"
  fi
}

write_password() {
  head --bytes=15 /dev/urandom | base64 >"$work/password"
}

# Serves $work/vdiwatch.yaml, whose data_dir is `data`, set up with the given arguments of `init`.
# Sets agents_port and people_port once the daemon says which ones it got.
start_daemon() {
  mkdir "$work/data"
  "$bin/vdiwatch" init --config "$work/vdiwatch.yaml" "$@" >"$work/init.log"
  "$bin/vdiwatch" serve --config "$work/vdiwatch.yaml" >"$work/serve.log" 2>&1 &
  children+=($!)
  await_file "$work/data/ports.json" "$!"
  agents_port=$(jq --exit-status .agents "$work/data/ports.json")
  people_port=$(jq --exit-status .people "$work/data/ports.json")
}

# start_fleet BOOTS POOL…: enrols the pools' desktops, and returns once the fleet stands still, since
# counts and lists agree only then.
start_fleet() {
  local boots=$1 pool fleet deadline=$((SECONDS + 180))
  shift
  for pool in "$@"; do
    echo "$pool $("$bin/vdiwatch" token create --config "$work/vdiwatch.yaml" --pool "$pool")"
  done >"$work/enrolment-tokens"
  "$bin/vdiwatch-sim" fleet --server "https://127.0.0.1:$agents_port" --ca "$work/data/ca/ca.pem" \
    --tokens "$work/enrolment-tokens" --boots "$boots" --interval 20 >"$work/fleet.log" 2>&1 &
  fleet=$!
  children+=("$fleet")
  until grep --quiet --extended-regexp ' ([0-9]+) of \1 desktops settled' "$work/fleet.log"; do
    kill -0 "$fleet" 2>/dev/null || fail 'the fleet has ended'
    ((SECONDS < deadline)) || fail 'the fleet did not settle within 180 s'
    sleep 1
  done
}
