#!/usr/bin/env bash
# Signs in to a real daemon through a real OpenID provider with a real browser: starts both on free
# ports of loopback, and ends them by the ids it recorded.
# usage: tests/sign_in/e2e.sh BIN-DIR
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bin=$(cd "${1:?usage: tests/sign_in/e2e.sh BIN-DIR}" && pwd)
readonly here bin
work=$(mktemp --directory --tmpdir vdiwatch-sign-in.XXXXXX)
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

# Waits until the file holds something; the process must live meanwhile.
await_file() {
  local file=$1 child=$2 deadline=$((SECONDS + 60))
  until [[ -s $file ]]; do
    kill -0 "$child" 2>/dev/null || fail "what writes $file has ended"
    ((SECONDS < deadline)) || fail "there was no $file within 60 s"
    sleep 0.2
  done
}

# npm works on a copy beside the programs, so that the source tree stays clean.
install_packages() {
  stage=$bin/../tests/sign_in
  mkdir -p "$stage"
  cp "$here"/*.mjs "$here"/package.json "$here"/package-lock.json "$here"/.npmrc "$stage"
  if ! cmp --silent "$here/package-lock.json" "$stage/installed-lock.json"; then
    (cd "$stage" && npm ci --ignore-scripts --prefer-offline --loglevel error)
    cp "$here/package-lock.json" "$stage/installed-lock.json"
  fi
}

# Each has to know the other's address before it starts, so the daemon's port is found beforehand.
start_provider() {
  local port
  port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => {
    console.log(s.address().port); s.close(); });')
  url=https://localhost:$port
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost -keyout "$work/provider.key" -out "$work/provider.pem" \
    2>"$work/openssl.log"
  head --bytes=30 /dev/urandom | base64 >"$work/client-secret"
  node "$stage/provider.mjs" --cert "$work/provider.pem" --key "$work/provider.key" \
    --secret "$work/client-secret" --dashboard "$url" >"$work/issuer" 2>"$work/provider.log" &
  children+=($!)
  await_file "$work/issuer" "${children[0]}"
}

start_daemon() {
  mkdir "$work/data"
  cat >"$work/vdiwatch.yaml" <<YAML
data_dir: data
agents: {listen: '127.0.0.1:0'}
people: {listen: '127.0.0.1:${url##*:}'}
oidc:
  issuer: $(head --lines=1 "$work/issuer")
  client_id: vdiwatch
  client_secret_file: client-secret
  ca_file: provider.pem
  dashboard: $url
  roles:
    - {claim: vdiwatch.admin, role: administrator}
    - {claim: finance, role: viewer, pools: ['fin-*']}
YAML
  "$bin/vdiwatch" init --config "$work/vdiwatch.yaml" >"$work/init.log"
  "$bin/vdiwatch" serve --config "$work/vdiwatch.yaml" >"$work/serve.log" 2>&1 &
  children+=($!)
  await_file "$work/data/ports.json" "${children[1]}"
}

install_packages
start_provider
start_daemon
node "$stage/run.mjs" --url "$url"
