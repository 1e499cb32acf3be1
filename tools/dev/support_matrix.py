#!/usr/bin/env python3
"""Keeps the README's support matrix what the verifier's own table says.

  support_matrix.py MSA_OPT README            rewrites the block between the markers
  support_matrix.py MSA_OPT README --check    exits 1 if that would change it
"""
import re
import subprocess
import sys

BLOCK = re.compile(r"(<!-- support matrix: .*?-->\n).*?(<!-- end of support matrix -->)", re.S)


def main(msa_opt, readme, check=False):
    matrix = subprocess.run([msa_opt, "--msa-support-matrix"], capture_output=True, text=True, check=True).stdout
    old = open(readme).read()
    new, blocks = BLOCK.subn(lambda m: m.group(1) + matrix.strip() + "\n" + m.group(2), old)
    if blocks != 1:
        sys.exit(f"{readme}: expects one support matrix block, but has {blocks}")
    if check and old != new:
        sys.exit(f"{readme}: the support matrix is not what the verifier says: run tools/dev/support_matrix.py {msa_opt} {readme}")
    if not check:
        open(readme, "w").write(new)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], "--check" in sys.argv[3:])
