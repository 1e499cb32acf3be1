#!/usr/bin/env bash
# package.sh BUILD ARTIFACTS KIT: gathers what a Linux machine with a GPU and no LLVM needs to run artifacts.
set -euo pipefail
build=$1 artifacts=$2 kit=$3
rm -rf "$kit"
mkdir -p "$kit/bin" "$kit/lib" "$kit/artifacts" "$kit/python"
cp "$build/bin/msa-run" "$kit/bin/"
cp "$build/lib/libmsart.so" "$kit/lib/"
cp "$artifacts"/*.msab "$kit/artifacts/"
cp -r python/msac "$kit/python/"
find "$kit/python" -name __pycache__ -type d -prune -exec rm -rf {} +
cp tools/dev/run_examples.py LICENSE "$kit/"
cat >"$kit/run.sh" <<'RUN'
#!/usr/bin/env bash
# Runs every artifact on the CPU and, where there is one, on the GPU; checks each result against the fp64 reference.
cd "$(dirname "${BASH_SOURCE[0]}")" && exec python3 run_examples.py bin/msa-run artifacts
RUN
chmod +x "$kit/run.sh"
cat >"$kit/README.md" <<'README'
# msa runtime kit

`./run.sh` runs and checks the artifacts; it needs Python 3 (standard library) and, for the GPU, NVIDIA's driver.

    bin/msa-run artifacts/m3_decode_attend.msab --list
    bin/msa-run artifacts/m3_decode_attend.msab --batch=8 --kv-len=32768 --verify --bench
    bin/msa-run --help

From Python with NumPy: `PYTHONPATH=python MSA_LIBRARY_PATH=lib`, then `msac.load("artifacts/...")`.
README
# What is carried must not reach for what only a build machine has.
for file in "$kit/bin/msa-run" "$kit/lib/libmsart.so"; do
  if needs=$(ldd "$file" | grep -E 'LLVM|MLIR|libstdc\+\+|not found'); then
    echo "package: error: $file needs what the kit does not carry:" $needs >&2
    exit 1
  fi
done
glibc=$(objdump -T "$kit/bin/msa-run" "$kit/lib/libmsart.so" | grep -o 'GLIBC_2\.[0-9]*' | sort -uV | tail -n 1)
echo "package: $kit/, $(du -sm "$kit" | cut -f1) MB, for x86-64 Linux with ${glibc/_/ } or later" >&2
