#!/usr/bin/env bash
# Installs the Debian packages that building and testing need: only the missing ones, after saying how many and how
# large. Prints nothing and asks the network nothing when all are there. run.sh and test.sh both start with it.
#   MSA_SKIP_BOOTSTRAP=1  trusts the machine as it is
set -euo pipefail

[ -z "${MSA_SKIP_BOOTSTRAP:-}" ] || exit 0

PACKAGES=(
  libmlir-22-dev mlir-22-tools llvm-22-dev llvm-22-tools  # MLIR and LLVM 22: libraries, mlir-tblgen, lit, FileCheck
  clang-22 lld-22 g++ cmake ninja-build ccache            # the build; g++ builds the `runtime` preset
  nlohmann-json3-dev libgtest-dev                         # manifest, unit tests
  python3 python3-numpy python3-pytest python3-hypothesis python3-psutil # the Python package, tests; lit's time limit
)

say() { echo "bootstrap: $*" >&2; }
die() { say "error: $*"; exit 1; }

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  os=$(. /etc/os-release 2>/dev/null && echo "${PRETTY_NAME:-}" || true)
  die "needs Debian 12 with apt, but this is ${os:-a system without apt}. Where LLVM/MLIR 22.1, clang-22, lld-22, cmake," \
    "ninja, ccache, nlohmann-json, GoogleTest and numpy/pytest/hypothesis are there already, set MSA_SKIP_BOOTSTRAP=1"
fi

present=" $(dpkg-query -W -f='${db:Status-Status}=${Package} ' "${PACKAGES[@]}" 2>/dev/null || true)"
missing=()
for package in "${PACKAGES[@]}"; do
  [[ $present == *" installed=$package "* ]] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

root=()
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null ||
    die "needs root or sudo to install ${#missing[@]} packages; as root: apt-get install --no-install-recommends ${missing[*]}"
  root=(sudo)
fi
log=$(mktemp "${TMPDIR:-/tmp}/msa-bootstrap.XXXXXX")
trap 'rm -f "$log"' EXIT
apt() { # apt OPERATION ... : quietly, as root, never asking; what it said is in $log
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive LC_ALL=C apt-get -y -q -o DPkg::Lock::Timeout=300 "$@" >"$log" 2>&1 </dev/null
}
failed() {
  tail -n 15 "$log" >&2
  die "$1"
}
update() {
  say "reading the package lists (apt-get update)"
  apt update || failed "apt-get update failed: is there a network, and are the package sources right?"
}
unknown() { # the missing packages that apt's lists do not offer
  local package policy
  for package in "${missing[@]}"; do
    policy=$(LC_ALL=C apt-cache policy "$package" 2>/dev/null)
    [[ $policy == *"Candidate: "[!\(]* ]] || echo "$package"
  done
}

[ -z "$(unknown)" ] || update
absent=$(unknown | tr '\n' ' ')
[ -z "$absent" ] ||
  die "this system's package sources do not offer: ${absent}(expects Debian 12 with bookworm-security, which brings LLVM 22)"

# "'URL' file bytes hash" a package; what is cached already is not listed.
uris=$(LC_ALL=C apt-get -y -qq --print-uris install --no-install-recommends "${missing[@]}" 2>/dev/null) || {
  apt -s install --no-install-recommends "${missing[@]}" || true
  failed "apt cannot install: ${missing[*]}"
}
simulated=$(LC_ALL=C apt-get -y -qq -s install --no-install-recommends "${missing[@]}" 2>/dev/null | sed -n 's/^Inst \([^ ]*\) .*/\1/p')
count=$(wc -w <<<"$simulated")
download=$(awk '{ bytes += $3 } END { printf "%.0f", bytes / 1e6 }' <<<"$uris")
disk=$(xargs -r apt-cache show --no-all-versions <<<"$simulated" 2>/dev/null | awk '/^Installed-Size:/ { kb += $2 } END { printf "%.1f", kb / 1e6 }')
say "installing $count package$([ "$count" = 1 ] || echo s), $download MB to download, $disk GB on disk: ${missing[*]}"
started=$SECONDS
if ! apt install --no-install-recommends "${missing[@]}"; then
  # An old list names versions that the mirror no longer has.
  grep -qE '404|Unable to fetch|Hash Sum mismatch' "$log" || failed "apt-get install failed"
  update
  apt install --no-install-recommends "${missing[@]}" || failed "apt-get install failed"
fi
say "installed in $((SECONDS - started)) s"
