# Background programs, known by what is recorded of them: process id and start time, so that an id
# that the kernel gave to someone else is never taken for ours. Needs $run_dir and $log_dir.
# shellcheck shell=bash disable=SC2154

# The start time of a process in clock ticks since boot: field 22 of its stat.
start_time_of() {
  local stat
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  read -r -a fields <<<"${stat##*) }"
  echo "${fields[19]}"
}

# Prints the id of the program if it runs, else fails.
pid_of() {
  local pid started
  read -r pid started 2>/dev/null <"$run_dir/$1.pid" || return 1
  [[ $(start_time_of "$pid") == "$started" ]] && echo "$pid"
}

# Whether it runs from a file that a build has replaced since.
is_outdated() {
  local pid
  pid=$(pid_of "$1") && [[ $(readlink "/proc/$pid/exe") == *' (deleted)' ]]
}

start_program() {
  local name=$1
  shift
  setsid "$@" </dev/null >>"$log_dir/$name.log" 2>&1 &
  local pid=$!
  disown "$pid"
  echo "$pid $(start_time_of "$pid")" >"$run_dir/$name.pid"
}

# Asks it to end, and insists after 20 seconds.
stop_program() {
  local name=$1 pid
  pid=$(pid_of "$name") || { rm -f "$run_dir/$name.pid"; return 0; }
  kill -TERM "$pid" 2>/dev/null || true
  for ((tenths = 0; tenths < 200; tenths++)); do
    pid_of "$name" >/dev/null || break
    sleep 0.1
  done
  if pid_of "$name" >/dev/null; then
    echo "$name did not end within 20 s; killing process $pid" >&2
    kill -KILL "$pid" 2>/dev/null || true
  fi
  rm -f "$run_dir/$name.pid"
}
