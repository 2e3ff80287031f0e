#!/usr/bin/env bash
# Signs in to a real daemon through a real OpenID provider with a real browser: starts both on free
# ports of loopback.
# usage: tests/sign_in/e2e.sh BIN-DIR
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bin=$(cd "${1:?usage: tests/sign_in/e2e.sh BIN-DIR}" && pwd)
readonly here bin
# shellcheck source=tests/web/daemon.bash
source "$here/../web/daemon.bash"

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
  await_file "$work/issuer" "$!"
}

write_config() {
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
}

begin sign-in
install_packages "$here" sign_in
start_provider
write_config
# shellcheck disable=SC2119 # the provider names the administrators
start_daemon
node "$stage/run.mjs" --url "$url"
