#!/usr/bin/env bash
# Sets up the machine, builds the tools, compiles the MiniMax-M3 examples for the CPU and for GPUs, runs them and checks
# every result against an fp64 reference: on the CPU always, through PTX where there is an NVIDIA GPU.
#   ./run.sh             all of it
#   ./run.sh --package   also writes kit/: msa-run, the runtime library, the artifacts and the Python package, for a Linux
#                        machine that has a GPU but no LLVM
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
rm -rf "$out" && mkdir -p "$logs" "$out"
step configure "$logs" cmake --preset default && step build "$logs" ninja -C build -j "$jobs" msa-compile msa-run || exit 1

# Whole graphs, and what attends over a given selection.
compile() { # compile EXAMPLE TARGETS
  step "compile $1" "$logs" build/bin/msa-compile "examples/$1.mlir" --target="$2" -o "$out/$1.msab"
}
for example in m3_prefill m3_chunked_prefill m3_decode m3_prefill_attend m3_decode_attend; do
  compile $example cpu,sm_80,sm_90a || exit 1
done

echo
/usr/bin/python3 tools/dev/run_examples.py build/bin/msa-run "$out" || exit 1

if [ $package = 1 ]; then
  # The kit's tools come from the preset that never saw LLVM, so that they need nothing of it.
  step "build the kit" "$logs" bash -c "cmake --preset runtime -DCMAKE_CXX_COMPILER_LAUNCHER=ccache && ninja -C build-runtime -j $jobs msa-run msart" || exit 1
  bash tools/dev/package.sh build-runtime "$out" kit || exit 1
fi
