# shellcheck shell=bash
# A Wine prefix of the test's own, and how its steps are counted. Sourced by the scripts beside it.
export WINEARCH=win64 WINEDEBUG=-all LC_ALL=C.UTF-8 PATH=$PATH:/usr/lib/wine
export WINEDLLOVERRIDES='mscoree,mshtml=;winemenubuilder.exe=d;winedbg.exe=d'
unset DISPLAY WAYLAND_DISPLAY
failed=0 held=0

say() { printf '%s\n' "- $1"; }

check() {
  if "$@" >"$work/output" 2>&1; then
    held=$((held + 1))
  else
    failed=$((failed + 1))
    printf '  FAILED: %s\n' "$*"
    sed 's/^/    /' "$work/output" | tail --lines=20
  fi
}
check_not() { check not "$@"; }
not() { ! "$@"; }

finish() {
  echo "$held steps held, $failed failed"
  ((failed == 0 && held > 0))
}

# One Windows program, its carriage returns removed, ended after two minutes.
wine_run() { timeout 120 wine64 "$@" </dev/null | tr -d '\r'; }

registry_value() {  # KEY NAME: the value, or nothing
  wine_run reg query "$1" /v "$2" | sed -n "s/^ *$2  *REG_[A-Z_]*  *//p"
}

# Until COMMAND… holds, for ten seconds at most: another process has to act.
wait_until() {
  local tries
  for ((tries = 0; tries < 50; ++tries)); do
    if "$@"; then return 0; fi
    sleep 0.2
  done
  return 1
}

end_prefix() {
  wineserver -k || true
  wineserver -w || true
  rm -rf "$work"
}

# Sets work, WINEPREFIX and drive_c. The server stays (-p): services end with it.
make_prefix() {
  work=$(mktemp -d)
  export WINEPREFIX=$work/prefix
  export drive_c=$WINEPREFIX/drive_c
  trap end_prefix EXIT
  timeout 180 wine64 wineboot --init >/dev/null 2>&1 </dev/null
  wineserver -w
  wineserver -p >/dev/null 2>&1 </dev/null
  timeout 60 wine64 winecfg -v win10 >/dev/null 2>&1 </dev/null
}
