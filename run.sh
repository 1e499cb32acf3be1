#!/usr/bin/env bash
# Sets up the machine, builds the tools, compiles the MiniMax-M3 examples for the CPU and for GPUs, runs them and checks
# every result against an fp64 reference: on the CPU always, through PTX where there is an NVIDIA GPU.
#   ./run.sh             all of it
#   ./run.sh --package   writes kit/: msa-run, the runtime library, the artifacts and the Python runtime, for a machine
#                        that has a GPU but no LLVM
# Artifacts: build/examples/. Full output of each step: build/run-logs/.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
package=0
case "${1:-}" in
  --package) package=1 ;;
  "") ;;
  *) sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
. tools/dev/steps.sh
bash tools/dev/bootstrap.sh || exit 1

logs=build/run-logs
out=build/examples
bin=build/bin
mkdir -p "$logs" "$out"
step configure "$logs" cmake --preset default && step build "$logs" ninja -C build -j "$jobs" msa-compile msa-run || exit 1

# Whole graphs run on the CPU; what attends over a given selection has GPU kernels too.
whole=(m3_prefill m3_chunked_prefill m3_decode)
attend=(m3_prefill_attend m3_decode_attend)
failed=0
for name in "${whole[@]}"; do
  step "compile $name" "$logs" $bin/msa-compile "examples/$name.mlir" --target=cpu -o "$out/$name.msab" || failed=1
done
for name in "${attend[@]}"; do
  step "compile $name" "$logs" $bin/msa-compile "examples/$name.mlir" --target=cpu,sm_80,sm_90a -o "$out/$name.msab" || failed=1
done
[ $failed = 0 ] || exit 1
