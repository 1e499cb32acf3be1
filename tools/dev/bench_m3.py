#!/usr/bin/env python3
"""The whole chain of a MiniMax-M3 layer on a GPU: index scores, selection, attention, each stage and all of it under graph replay.

  bench_m3.py make FOLDER [--targets=sm_80,sm_90a]             where there is a compiler: compiles the programs
  bench_m3.py run  FOLDER MSA_RUN [--lengths=8K,32K,128K] [--batches=1,8,32,64] [--target=auto] [--json=FILE] [--no-dense]     where there is a GPU

64 query heads on 4 KV heads, D 128, block 128, k 16, one index head a KV head, bf16, pages of 128 in random order. Every row is verified
against the fp64 reference (sampled query tokens) in the process that times it; what is wrong has no time. Times are msa-run's: medians of 20,
inputs rotated through more than twice the L2. Beside them stand the best published kernels (Triton, one H200, another day), and torch's dense
attention on the same GPU where torch is there. Decode programs know their batch, as an engine's buckets do; long decode contexts share a pool
of 8192 pages (five times the L2 in index keys alone).
"""
import argparse
import json
import subprocess
import sys
from pathlib import Path

BATCHES = (1, 8, 32, 64)
POOL = 8192
# The best of vLLM, SGLang and TokenSpeed (Triton) for each stage, us: index scores, top-k, attention over a uniform random selection, and of
# those that have all three the best total.
PEER_PREFILL = {"8K": (129, 48, 2770, 2950), "32K": (1280, 480, 16600, 17200), "128K": (20800, 5800, 72800, 99000)}
PEER_OVERLAP = {"8K": 1850, "32K": 8300, "128K": 37700}  # attention where neighbours agree: 22 distinct blocks over 4 tokens
PEER_DECODE = {("32K", 1): 22.5, ("32K", 8): 49.4, ("32K", 32): 120, ("32K", 64): 213,
               ("128K", 1): 32.0, ("128K", 8): 96.9, ("128K", 32): 302, ("128K", 64): 573}  # the three stages together
STAGES = (("lists", ("k2q", "clear")), ("index", ("index",)), ("select", ("select", "top_k", "merge")), ("attend", ("prefill", "decode", "combine", "attend")))

CACHES = """%k: tensor<?x4x128x128xbf16>, %v: tensor<?x4x128x128xbf16>"""
CACHE_TYPES = "tensor<?x4x128x128xbf16>, tensor<?x4x128x128xbf16>"


def attention(tokens, batch):
    """The whole as one op. `tokens`, `batch`: sizes, or "?"; a ragged prefill where the batch is "?"."""
    ragged = batch == "?"
    query, index_query, table, lengths = (f"tensor<{tokens}x64x128xbf16>", f"tensor<{tokens}x4x128xbf16>", f"tensor<{batch}x?xi32>",
                                          f"tensor<{batch}xi32>")
    starts = ("%cu: tensor<?xi32>, ", " cu_seqlens_q(%cu)", "tensor<?xi32>, ") if ragged else ("", "", "")
    return f"""func.func @main(%q: {query}, {CACHES}, %iq: {index_query}, %ik: tensor<?x128x128xbf16>,
    {starts[0]}%pages: {table}, %kv_len: {lengths}) -> {query} {{
  %o = msa.attention %q, %k, %v index(%iq, %ik){starts[1]} page_table(%pages) seqused_k(%kv_len) {{block_size = 128 : i64, topk = 16 : i64}}
      : ({query}, {CACHE_TYPES}, {index_query}, tensor<?x128x128xbf16>, {starts[2]}{table}, {lengths}) -> {query}
  return %o : {query}
}}
"""


def attend(strategy=""):
    """Prefill attention over a selection that is given, by the recipe that the compiler chooses or by another one."""
    attributes = f'strategy = #msa.strategy<kind = {strategy}, target = "any">, ' if strategy else ""
    query = "tensor<?x64x128xbf16>"
    return f"""func.func @main(%q: {query}, {CACHES}, %selected: tensor<4x?x16xi32>, %cu: tensor<?xi32>, %pages: tensor<?x?xi32>,
    %kv_len: tensor<?xi32>) -> {query} {{
  %o = msa.attend %q, %k, %v, %selected cu_seqlens_q(%cu) page_table(%pages) seqused_k(%kv_len) {{{attributes}block_size = 128 : i64}}
      : ({query}, {CACHE_TYPES}, tensor<4x?x16xi32>, tensor<?xi32>, tensor<?x?xi32>, tensor<?xi32>) -> {query}
  return %o : {query}
}}
"""


def keys_of(length):
    """"8K" -> 8192."""
    return int(length.removesuffix("K")) * 1024


def programs():
    return {"prefill": attention("?", "?"), "attend": attend(), "kv_outer": attend("prefill_kv_outer"), **{f"decode{b}": attention(b, b) for b in BATCHES}}


def make(folder, targets):
    import msac

    folder.mkdir(parents=True, exist_ok=True)
    for name, text in programs().items():
        msac.compile(text, target=targets, explain=True).save(folder / f"{name}.msab")
        print(f"{name}.msab for {', '.join(targets)}")
    return 0


def cases(lengths, batches):
    """(row's name, program, msa-run's sizes, key into the peers). Decode has no 8K: that is no long context."""
    for length in lengths:
        sizes = ["--batch=1", f"--kv-len={keys_of(length)}", f"--q-len={keys_of(length)}"]
        yield f"prefill {length}, random", "prefill", sizes, ("prefill", length)
        yield f"prefill {length}, overlap", "attend", [*sizes, "--overlap=0.9"], ("overlap", length)
        yield f"prefill {length}, random, KV-outer", "kv_outer", sizes, ("attend", length)
        yield f"prefill {length}, overlap, KV-outer", "kv_outer", [*sizes, "--overlap=0.9"], ("overlap", length)
    for length in lengths:
        for batch in batches if length != "8K" else ():
            pool = [f"--kv-pool={POOL}"] if batch * keys_of(length) // 128 > POOL else []
            yield (f"decode {length}, batch {batch}", f"decode{batch}",
                   [f"--batch={batch}", f"--kv-len={keys_of(length)}", "--q-len=1", *pool], ("decode", length, batch))


def peers_of(key):
    """(index, select, attend, chain) of the best peer in us; None where there is no figure."""
    if key[0] == "prefill":
        return PEER_PREFILL.get(key[1], (None,) * 4)
    if key[0] == "attend":
        return None, None, PEER_PREFILL.get(key[1], (None,) * 4)[2], None
    if key[0] == "overlap":
        return None, None, PEER_OVERLAP.get(key[1]), None
    return None, None, None, PEER_DECODE.get(key[1:])


def measure(msa_run, artifact, sizes, target, rows):
    command = [msa_run, artifact, f"--target={target}", *sizes, "--verify", f"--verify-rows={rows}", "--bench", "--per-launch", "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    results = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    if not results:
        return {"result": "FAILED", "remarks": [done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"exit code {done.returncode}"]}
    return results[0]


def stages_of(result):
    """us of each stage, from the times of its launches."""
    sums = {}
    for launch in result.get("time", {}).get("launches", ()):
        stage = next((name for name, words in STAGES if any(word in launch["kernel"] for word in words)), "other")
        sums[stage] = sums.get(stage, 0) + launch["median_us"]
    return sums


def dense_prefill(length):
    """torch's causal attention over all keys, us; None where there is no torch or it cannot."""
    try:
        import torch
        from torch.nn.functional import scaled_dot_product_attention

        q = torch.randn(1, 64, length, 128, device="cuda", dtype=torch.bfloat16)
        k, v = (torch.randn(1, 4, length, 128, device="cuda", dtype=torch.bfloat16) for _ in range(2))
        times = []
        for _ in range(2 + (3 if length > 32768 else 8)):
            start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
            start.record()
            scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
            end.record()
            end.synchronize()
            times.append(start.elapsed_time(end) * 1e3)
        del q, k, v
        torch.cuda.empty_cache()
        return sorted(times[2:])[len(times[2:]) // 2]
    except Exception as error:  # a column of its own: what is missing is said and nothing else depends on it
        print(f"no dense attention: {error}", file=sys.stderr)
        return None


def spell(us):
    return "" if us is None else f"{us:.1f}" if us < 1000 else f"{us / 1000:.2f}m"


def run(folder, arguments):
    head = ["us (m: ms)", "index", "select", "lists", "attend", "other", "chain", "CV", "peer: index", "select", "attend", "chain", "ratio", "dense",
            "verified", "max rel"]
    table, records, failed = [head], [], 0
    for name, program, sizes, key in cases(arguments.lengths, arguments.batches):
        result = measure(arguments.msa_run, str(folder / f"{program}.msab"), sizes, arguments.target, arguments.rows)
        good = result["result"] == "passed" and "time" in result
        failed += not good
        stages, peers = stages_of(result), peers_of(key)
        chain = result.get("time", {}).get("median_us") if good else None
        sdpa = dense_prefill(keys_of(key[1])) if key[0] == "prefill" and not arguments.no_dense else None
        against = peers[2] if key[0] in ("attend", "overlap") else peers[3]
        table.append([name, *(spell(stages.get(s)) for s in ("index", "select", "lists", "attend", "other")), spell(chain),
                      f"{result['time']['variation'] * 100:.1f}%" if chain else "", *map(spell, peers),
                      f"{chain / against:.2f}" if chain and against else "", spell(sdpa),
                      f"{result['rows_verified']} of {result['rows']}" if "rows" in result else "",
                      max((f"{o['max_rel']:.1e}" for o in result.get("outputs", ()) if isinstance(o.get("max_rel"), float)), default="")])
        if not good:
            table[-1][-1] = result["result"] + " " + "; ".join(map(str, result.get("remarks", ())))[:120]
        records.append(dict(name=name, sizes=sizes, stages=stages, chain=chain, peers=peers, dense=sdpa, result=result))
        print(f"{name}: {result['result']} {spell(chain)}", file=sys.stderr)
    widths = [max(len(row[i]) for row in table) for i in range(len(head))]
    for row in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
    print(f"device: {records[0]['result'].get('device', '?')}; peers: best Triton kernels on an H200, another day; stages add up to more than the "
          "chain, since a launch alone does not overlap")
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(records, indent=1))
    return 1 if failed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verb", choices=("make", "run"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("msa_run", nargs="?", default="msa-run")
    parser.add_argument("--targets", type=lambda text: text.split(","), default=["sm_80", "sm_90a"])
    parser.add_argument("--target", default="auto")
    parser.add_argument("--lengths", type=lambda text: text.split(","), default=["8K", "32K", "128K"])
    parser.add_argument("--batches", type=lambda text: [int(b) for b in text.split(",")], default=list(BATCHES))
    parser.add_argument("--rows", type=int, default=64, help="query tokens to verify")
    parser.add_argument("--json", help="a file for all that was measured")
    parser.add_argument("--no-dense", action="store_true", help="leave torch out")
    arguments = parser.parse_args()
    if arguments.verb == "make":
        return make(arguments.folder, arguments.targets)
    return run(arguments.folder, arguments)


if __name__ == "__main__":
    sys.exit(main())
