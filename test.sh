#!/usr/bin/env bash
# Sets up the machine, builds everything and runs every test; closes with `N passed, N failed, N skipped`.
#   ./test.sh            all of it
#   ./test.sh --quick    without the second build (the `runtime` preset, which must do without MLIR)
# Ends non-zero when anything failed or nothing ran. Full output of each step: build/test-logs/.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
quick=0
case "${1:-}" in
  --quick) quick=1 ;;
  "") ;;
  *) sed -n '2,5s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
. tools/dev/steps.sh
bash tools/dev/bootstrap.sh || { echo "0 passed, 1 failed, 0 skipped"; exit 1; }

logs=build/test-logs
rm -rf "$logs" && mkdir -p "$logs"
python=/usr/bin/python3
lit=/usr/lib/llvm-22/bin/lit
failed_steps=() # one failure each in the closing line

tally() { "$python" tools/dev/tally.py "$logs" build "${failed_steps[@]}"; }

step configure "$logs" cmake --preset default && step build "$logs" ninja -C build -j "$jobs"
if [ $? -ne 0 ]; then
  failed_steps+=("the build")
  tally
  exit 1
fi

# A test that hangs costs itself and not the run.
step lit "$logs" timeout 1800 "$python" "$lit" -v -j "$jobs" --timeout 300 --output "$logs/lit.json" build/test build/test/Unit
[ -s "$logs/lit.json" ] || failed_steps+=("lit")

if compgen -G 'test/Python/test_*.py' >/dev/null; then
  PYTHONPATH=python MSA_BUILD_DIR="$PWD/build" PYTHONDONTWRITEBYTECODE=1 \
    step pytest "$logs" timeout 1800 "$python" -m pytest -q -p no:cacheprovider -rs --junitxml="$logs/pytest.xml" test/Python
  [ -s "$logs/pytest.xml" ] || failed_steps+=("pytest")
fi

if [ $quick = 0 ]; then
  # The runtime must build where MLIR is not even looked for, with the machine's own compiler.
  step runtime-configure "$logs" cmake --preset runtime -DCMAKE_DISABLE_FIND_PACKAGE_MLIR=ON \
      -DCMAKE_DISABLE_FIND_PACKAGE_LLVM=ON -DCMAKE_CXX_COMPILER_LAUNCHER=ccache && step runtime-build "$logs" ninja -C build-runtime -j "$jobs" &&
    step runtime-lit "$logs" timeout 900 "$python" "$lit" -v -j "$jobs" --timeout 300 --output "$logs/lit-runtime.json" build-runtime/test/Unit
  [ -s "$logs/lit-runtime.json" ] || failed_steps+=("the runtime preset")
fi

tally
