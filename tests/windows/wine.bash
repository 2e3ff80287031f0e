# A Wine of the test's own, for scripts to source: `start_wine` makes a prefix in a temporary folder,
# from a template that is made once a user and version of Wine; it ends with the script. `wine
# PROGRAM…` runs a Windows program there, and `wine_work` is a folder for the test's files.
# shellcheck shell=bash

wine_fail() {
  printf '%s: %s\n' "$(basename "$0")" "$1" >&2
  exit 69
}

wine_environment() {
  [[ -x /usr/lib/wine/wine64 ]] || wine_fail 'wine64 is missing: run deploy/debian/install windows'
  export PATH=/usr/lib/wine:$PATH WINEARCH=win64 WINEDEBUG=-all LC_ALL=C.UTF-8
  # Without a display, without a browser and .NET to be fetched, without a debugger after a crash.
  export WINEDLLOVERRIDES='mscoree,mshtml=;winemenubuilder.exe=d;winedbg.exe=d'
  unset DISPLAY WAYLAND_DISPLAY
}

make_template() {
  local template=$1 fresh=$1.$$
  rm -rf "$fresh"
  {
    WINEPREFIX=$fresh timeout 300 wine64 wineboot --init &&
      WINEPREFIX=$fresh timeout 60 wine64 winecfg -v win10 &&
      WINEPREFIX=$fresh timeout 60 wineserver -w
  } &>"$fresh.log" || wine_fail "Wine cannot start; see $fresh.log"
  rm -f "$fresh.log"
  mv "$fresh" "$template"
}

start_wine() {
  local cache=${VDIWATCH_WINDOWS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/vdiwatch} template lock
  wine_environment
  template=$cache/wine-$(dpkg-query --show --showformat='${Version}' wine64 | tr -c '[:alnum:].' -)
  mkdir -p "$cache"
  exec {lock}>"$template.lock"
  flock "$lock"
  [[ -d $template ]] || make_template "$template"
  exec {lock}>&-
  wine_work=$(mktemp -d)
  trap end_wine EXIT
  export WINEPREFIX=$wine_work/prefix
  cp -a --reflink=auto "$template" "$WINEPREFIX"
  # It shall live between two programs, as the services in it do.
  timeout 60 wineserver -p
}

end_wine() {
  timeout 30 wineserver -k || true
  timeout 30 wineserver -w || true
  rm -rf "$wine_work"
}

wine() { timeout "${wine_patience:-120}" wine64 "$@"; }
