# Sourced by run.sh and test.sh: one line of progress a step, its output in a log, the log's end shown when it fails.
mem_gb=$(awk '/^MemAvailable:/ { print int($2 / 1e6) }' /proc/meminfo 2>/dev/null || echo 4)
jobs=$(nproc 2>/dev/null || echo 2)
# A translation unit that reads MLIR headers takes up to 1.5 GB.
[ "$jobs" -le $((mem_gb * 2 / 3 + 1)) ] || jobs=$((mem_gb * 2 / 3 + 1))

step() { # step NAME LOGS COMMAND ...
  local name=$1 log=$2/${1// /-}.log started=$SECONDS rc
  shift 2
  printf '%-18s ' "$name" >&2
  "$@" >"$log" 2>&1 </dev/null &
  local pid=$!
  trap 'kill $pid 2>/dev/null; exit 130' INT TERM
  # A terminal sees the last line of the log pass by; a log file only sees the result.
  while kill -0 $pid 2>/dev/null; do
    [ -t 2 ] && printf '\r%-18s %4d s  %.50s\033[K' "$name" $((SECONDS - started)) "$(tail -n 1 "$log" | tr -d '\r')" >&2
    sleep 0.2
  done
  wait $pid
  rc=$?
  trap - INT TERM
  [ -t 2 ] && printf '\r%-18s ' "$name" >&2
  if [ $rc = 0 ]; then
    printf '%4d s\n' $((SECONDS - started)) >&2
  else
    printf '%4d s  failed (exit %d), see %s:\n' $((SECONDS - started)) $rc "$log" >&2
    grep -nE 'error:|FAILED:|^FAIL|^E  |CMake Error|Traceback' "$log" | head -n 20 >&2
    tail -n 25 "$log" | sed 's/^/    /' >&2
  fi
  return $rc
}
