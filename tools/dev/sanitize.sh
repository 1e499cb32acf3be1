#!/usr/bin/env bash
# compute-sanitizer over every stage at small shapes:  sanitize.sh FOLDER
#
# FOLDER holds suite/, made by `gpu_suite.py make FOLDER/suite`, and any *.msab of prefills whose sizes are free (as bench_m3.py makes them).
# Needs compute-sanitizer, Python with NumPy, MSA_RUN (the path of msa-run) and libmsart.so. Three tools, side by side; one line each,
# and the first findings where there are any. Exits 1 where a tool found something or a result was wrong.
set -uo pipefail
folder=$1
export folder suite="$(dirname "$0")/gpu_suite.py" sanitizer="${SANITIZER:-/usr/local/cuda/bin/compute-sanitizer}"
one() {
  local tool=$1 what=$2 command out rc
  case $what in
    *.msab) command="$MSA_RUN $folder/$what --batch=2 --q-len=40 --kv-len=700 --verify --verify-rows=16" ;;
    *) command="python3 $suite run $folder/suite --small --cases=1 --jobs=0 --sample=6 --stages=$what" ;;
  esac
  out=$(timeout 90 "$sanitizer" --tool "$tool" --error-exitcode 9 $command 2>&1); rc=$?
  echo "$tool $what: exit code $rc; $(grep -E 'problems,|passed|FAILED' <<<"$out" | tail -1 | cut -c1-110) $(grep SUMMARY <<<"$out" | tail -1)"
  [ $rc = 0 ] || { grep -E '=========|FAILED|rror' <<<"$out" | head -12; return 1; }
}
export -f one
stages="scores select transpose relayout attend combine select_fused attention staged $(cd "$folder" && ls *.msab 2>/dev/null)"
for tool in racecheck memcheck synccheck; do for what in $stages; do echo "$tool $what"; done; done | xargs -P "$(nproc)" -L 1 bash -c 'one "$0" "$1"'
[ $? = 0 ]
