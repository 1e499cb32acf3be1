"""lowest_ptx.py MSA_COMPILE PTXAS FILE [CHIP ...]: for each chip (all of them), ptxas takes the PTX of FILE's program, and not with the PTX ISA version before.

Prints "CHIP VERSION lowest" a line; anything else is said and fails.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

# PTX ISA, "Release Notes": the versions there are from 6.5 on.
VERSIONS = ["6.5", *(f"7.{n}" for n in range(9)), *(f"8.{n}" for n in range(9)), "9.0"]


def assembles(ptxas, chip, text):
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "in.ptx"
        file.write_text(text)
        return subprocess.run([ptxas, f"-arch={chip}", str(file), "-o", f"{folder}/out"], capture_output=True, text=True)


def main(msa_compile, ptxas, program, *chips):
    said = subprocess.run([msa_compile, "--help"], stdout=subprocess.PIPE, text=True, check=True).stdout
    chips = chips or sorted(set(re.findall(r"\bsm_\d+a?\b", said)))
    failed = not chips
    for chip in chips:
        ptx = subprocess.run([msa_compile, program, f"--target={chip}", "--emit=ptx"], stdout=subprocess.PIPE, text=True, check=True).stdout
        (version,) = re.findall(r"^\.version (.*)$", ptx, re.M)
        before = VERSIONS[VERSIONS.index(version) - 1]
        taken = assembles(ptxas, chip, ptx)
        lowered = assembles(ptxas, chip, ptx.replace(f".version {version}", f".version {before}", 1))
        verdict = taken.stderr if taken.returncode else "lowest" if lowered.returncode else f"is not the lowest, {before} will do"
        failed |= verdict != "lowest"
        print(chip, version, verdict)
    return int(failed)


sys.exit(main(*sys.argv[1:]))
