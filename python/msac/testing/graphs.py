"""The MLIR text of a problem: one function that computes it by `msa` ops.

A `Graph` says which arrays its function takes and what it gives back, so that a test can run it and look the answer up.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, List, Optional, Sequence, Tuple

from .problems import Case, Problem

HQK_ASCENDING = ("hqk", "ascending")


@dataclass(frozen=True)
class Graph:
    text: str
    inputs: Tuple[str, ...]   # names in a case's arrays, or of what the test provides ("selected", "scores")
    outputs: Tuple[str, ...]  # "output", "lse", "selection", "selected_scores", "scores", ...
    name: str = "main"


def selection_attribute(layout: str, order: str) -> str:
    return f"#msa.selection<layout = {layout}, order = {order}>"


def tensor(shape: Sequence[Optional[int]], element: str) -> str:
    """"tensor<?x64xbf16>"; None is a free size."""
    return "tensor<" + "".join("?x" if size is None else f"{size}x" for size in shape) + f"{element}>"


class _Function:
    """Text of a function under construction: arguments, one op a line, results."""

    def __init__(self):
        self.arguments: List[str] = []
        self.types: Dict[str, str] = {}
        self.lines: List[str] = []

    def argument(self, name: str, type: str) -> str:
        self.arguments.append(name)
        self.types[name] = type
        return name

    def op(self, head: str, operands: Sequence[str], attributes: Dict[str, str], results: Dict[str, str]) -> None:
        """`head` is the op with its operands as they are printed; `operands` names them again in order, for the types."""
        self.types.update(results)
        listed = ", ".join(f"{key} = {value}" for key, value in attributes.items())
        types = ", ".join(self.types[name] for name in operands)
        out = ", ".join(results.values())
        self.lines.append(f"  {', '.join('%' + name for name in results)} = {head}"
                          + (f" {{{listed}}}" if listed else "") + f"\n      : ({types}) -> ({out})")

    def finish(self, outputs: Sequence[str], name: str = "main") -> Graph:
        arguments = ", ".join(f"%{name}: {self.types[name]}" for name in self.arguments)
        types = ", ".join(self.types[output] for output in outputs)
        values = ", ".join(f"%{output}" for output in outputs)
        text = (f"func.func @{name}({arguments})\n    -> ({types}) {{\n" + "\n".join(self.lines)
                + f"\n  return {values} : {types}\n}}\n")
        return Graph(text, tuple(self.arguments), tuple(outputs), name)


class _Writer:
    """Types and clauses shared by the graphs of one problem. With a case, every size is written down; without, sizes that a
    batch decides are free."""

    def __init__(self, problem: Problem, case: Optional[Case]):
        self.problem, self.case, self.function = problem, case, _Function()
        self.batch_operands: List[str] = []

    def _size(self, name: str, dimension: int) -> Optional[int]:
        return None if self.case is None else self.case.arrays[name].shape[dimension]

    @property
    def total_q(self) -> Optional[int]:
        return None if self.case is None else self.case.total_q

    @property
    def width(self) -> Optional[int]:
        """max_blocks, where it is known."""
        return None if self.case is None else self.case.max_blocks

    def query(self, name: str) -> str:
        p = self.problem
        heads, dim = (p.num_q_heads, p.head_dim) if name == "q" else (p.num_kv_heads, p.index_dim)
        lead = 2 if p.q_layout == "dense" else 1
        sizes = [self._size(name, i) for i in range(lead)]
        return self.function.argument(name, tensor([*sizes, heads, dim], p.dtype))

    def cache(self, name: str) -> str:
        p = self.problem
        heads = [] if name == "index_key" else [p.num_kv_heads]
        dim = p.index_dim if name == "index_key" else p.head_dim
        first = self._size(name, 0)
        if p.kv_layout == "paged":
            shape = [first, *heads, p.page_size, dim]
        elif p.kv_layout == "dense":
            shape = [first, self._size(name, 1), *heads, dim]
        else:
            shape = [first, *heads, dim]
        return self.function.argument(name, tensor(shape, p.dtype))

    def batch(self) -> None:
        """Declares the lengths and the page table."""
        p = self.problem
        vectors = [("cu_seqlens_q", p.q_layout == "ragged"), ("cu_seqlens_k", p.has_cu_seqlens_k),
                   ("page_table", p.kv_layout == "paged"), ("seqused_k", p.has_kv_lens)]
        for name, present in vectors:
            if present:
                sizes = [self._size(name, i) for i in range(2 if name == "page_table" else 1)]
                self.batch_operands.append(self.function.argument(name, tensor(sizes, "i32")))

    def batch_clause(self, but: Sequence[str] = ()) -> str:
        return "".join(f" {name}(%{name})" for name in self.batch_operands if name not in but)

    def selection_type(self, layout: str = "hqk", element: str = "i32") -> str:
        p = self.problem
        first, second = (p.num_kv_heads, self.total_q) if layout == "hqk" else (self.total_q, p.num_kv_heads)
        return tensor([first, second, p.topk], element)

    def output_type(self) -> str:
        p = self.problem
        lead = [self._size("q", i) for i in range(2 if p.q_layout == "dense" else 1)]
        return tensor([*lead, p.num_q_heads, p.head_dim], p.dtype)

    def lse_type(self) -> str:
        return tensor([self.total_q, self.problem.num_q_heads], "f32")

    def select_attributes(self, scale: bool) -> Dict[str, str]:
        p = self.problem
        return {"block_size": f"{p.block_size} : i64", "topk": f"{p.topk} : i64",
                **_unless_default("sink_blocks", p.sink_blocks, 0), **_unless_default("local_blocks", p.local_blocks, 1),
                **(_scale("softmax_scale", p.index_scale) if scale else {}), **_causal(p)}

    def scores(self) -> str:
        self.function.op(f"msa.index_scores %index_query, %index_key{self.batch_clause()}",
                         ["index_query", "index_key", *self.batch_operands],
                         {"block_size": f"{self.problem.block_size} : i64", **_scale("softmax_scale", self.problem.index_scale),
                          **_causal(self.problem)},
                         {"scores": tensor([self.problem.num_kv_heads, self.total_q, self.width], "f32")})
        return "scores"

    def select(self, source: str, with_scores: bool = False, contract: Tuple[str, str] = HQK_ASCENDING) -> str:
        """`source`: "index" (fused) or "scores"."""
        fused = source == "index"
        operands = ["index_query", "index_key"] if fused else ["scores"]
        head = "msa.select_blocks index(%index_query, %index_key)" if fused else "msa.select_blocks scores(%scores)"
        attributes = self.select_attributes(scale=fused)
        if contract != HQK_ASCENDING:
            attributes["selection"] = selection_attribute(*contract)
        results = {"selection": self.selection_type(contract[0])}
        if with_scores:
            results["selected_scores"] = self.selection_type(contract[0], "f32")
        self.function.op(head + self.batch_clause(), [*operands, *self.batch_operands], attributes, results)
        return "selection"

    def attend(self, selection: str, with_lse: bool, contract: Tuple[str, str] = HQK_ASCENDING, splits: int = 0,
               more: Optional[Dict[str, str]] = None) -> None:
        attributes = {**(more or {}), "block_size": f"{self.problem.block_size} : i64", **_scale("softmax_scale", self.problem.softmax_scale),
                      **_causal(self.problem)}
        if contract != HQK_ASCENDING:
            attributes["selection"] = selection_attribute(*contract)
        results = {"output": self.output_type()}
        if with_lse:
            results["lse"] = self.lse_type()
        if splits:
            attributes["splits"] = f"{splits} : i64"
            p = self.problem
            results = {"partial": tensor([splits, self.total_q, p.num_q_heads, p.head_dim], "f32"),
                       "partial_lse": tensor([splits, self.total_q, p.num_q_heads], "f32")}
        self.function.op(f"msa.attend %q, %k, %v, %{selection}{self.batch_clause()}",
                         ["q", "k", "v", selection, *self.batch_operands], attributes, results)

    def finish(self, outputs: Sequence[str]) -> Graph:
        return self.function.finish(outputs)


def _unless_default(name: str, value: int, default: int) -> Dict[str, str]:
    return {} if value == default else {name: f"{value} : i64"}


def _scale(name: str, value: Optional[float]) -> Dict[str, str]:
    return {} if value is None else {name: f"{value:.9e} : f32"}


def _causal(problem: Problem) -> Dict[str, str]:
    return {} if problem.causal else {"causal": "false"}


def _writer(problem: Problem, case: Optional[Case], arguments: Sequence[str]) -> _Writer:
    writer = _Writer(problem, case)
    for name in arguments:
        if name in ("q", "index_query"):
            writer.query(name)
        elif name in ("k", "v", "index_key"):
            writer.cache(name)
        elif name.startswith("selected"):
            writer.function.argument(name, writer.selection_type("qhk" if name.endswith("_qhk") else "hqk"))
        else:
            writer.function.argument(name, tensor([problem.num_kv_heads, writer.total_q, writer.width], "f32"))
    writer.batch()
    return writer


# Each graph below takes `case` to write down every size, or None to leave free what a batch decides.

def attention_graph(problem: Problem, case: Optional[Case] = None, *, lse: bool = True, selection: bool = True) -> Graph:
    """`msa.attention`: the whole of it as one op."""
    writer = _writer(problem, case, ("q", "k", "v", "index_query", "index_key"))
    results = {"output": writer.output_type()}
    if lse:
        results["lse"] = writer.lse_type()
    if selection:
        results["selection"] = writer.selection_type()
    attributes = writer.select_attributes(scale=False)
    attributes.update(_scale("softmax_scale", problem.softmax_scale))
    attributes.update(_scale("index_scale", problem.index_scale))
    writer.function.op(f"msa.attention %q, %k, %v index(%index_query, %index_key){writer.batch_clause()}",
                       ["q", "k", "v", "index_query", "index_key", *writer.batch_operands], attributes, results)
    return writer.finish(list(results))


def staged_graph(problem: Problem, case: Optional[Case] = None) -> Graph:
    """The three steps one by one, every intermediate result given out."""
    writer = _writer(problem, case, ("q", "k", "v", "index_query", "index_key"))
    writer.scores()
    writer.select("scores")
    writer.attend("selection", with_lse=True)
    return writer.finish(["scores", "selection", "output", "lse"])


def scores_graph(problem: Problem, case: Optional[Case] = None) -> Graph:
    """`msa.index_scores` alone."""
    writer = _writer(problem, case, ("index_query", "index_key"))
    writer.scores()
    return writer.finish(["scores"])


def select_graph(problem: Problem, case: Optional[Case] = None, *, scores: bool = False, selected_scores: bool = True,
                 contract: Tuple[str, str] = HQK_ASCENDING) -> Graph:
    """`msa.select_blocks` alone, from index queries and keys, or from given `scores`."""
    writer = _writer(problem, case, ("scores",) if scores else ("index_query", "index_key"))
    writer.select("scores" if scores else "index", with_scores=selected_scores, contract=contract)
    return writer.finish(["selection"] + (["selected_scores"] if selected_scores else []))


def attend_graph(problem: Problem, case: Optional[Case] = None, *, lse: bool = True, splits: int = 0,
                 contract: Tuple[str, str] = HQK_ASCENDING, more: Optional[Dict[str, str]] = None) -> Graph:
    """`msa.attend` over a given selection; with `splits`, as partials that `msa.combine` merges. `more`: further attributes."""
    selected = "selected" if contract[0] == "hqk" else "selected_qhk"
    writer = _writer(problem, case, ("q", "k", "v", selected))
    writer.attend(selected, with_lse=lse, contract=contract, splits=splits, more=more)
    if splits:
        p = problem
        results = {"output": tensor([writer.total_q, p.num_q_heads, p.head_dim], p.dtype)}
        if lse:
            results["lse"] = writer.lse_type()
        writer.function.op("msa.combine %partial, %partial_lse", ["partial", "partial_lse"], {}, results)
    return writer.finish(["output"] + (["lse"] if lse else []))


def combine_graph(problem: Problem, splits: int, case: Optional[Case] = None, *, lse: bool = True) -> Graph:
    """`msa.combine` alone, over given partials."""
    p, writer = problem, _Writer(problem, case)
    rows = [splits, writer.total_q, p.num_q_heads]
    writer.function.argument("partial", tensor([*rows, p.head_dim], "f32"))
    writer.function.argument("partial_lse", tensor(rows, "f32"))
    results = {"output": tensor([writer.total_q, p.num_q_heads, p.head_dim], p.dtype)}
    if lse:
        results["lse"] = writer.lse_type()
    writer.function.op("msa.combine %partial, %partial_lse", ["partial", "partial_lse"], {}, results)
    return writer.finish(list(results))


def relayout_graph(problem: Problem, case: Optional[Case], source: Tuple[str, str], target: Tuple[str, str]) -> Graph:
    """`msa.relayout_selection` alone."""
    selected = "selected" if source[0] == "hqk" else "selected_qhk"
    writer = _Writer(problem, case)
    writer.function.argument(selected, writer.selection_type(source[0]))
    writer.function.op(f"msa.relayout_selection %{selected}", [selected],
                       {"from": selection_attribute(*source), "to": selection_attribute(*target)},
                       {"relaid": writer.selection_type(target[0])})
    return writer.finish(["relaid"])


def transpose_graph(problem: Problem, case: Case, *, layout: str = "hqk", slots: bool = False,
                    max_queries: Optional[int] = None, sub_chunk: int = 0, free: bool = False) -> Graph:
    """`msa.transpose_selection` alone; its row count is a compile-time fact, hence the case. With `free`, the number of query
    tokens is not."""
    writer = _Writer(problem, case)
    tokens, heads = (None if free else case.total_q), problem.num_kv_heads
    selected = "selected" if layout == "hqk" else "selected_qhk"
    sizes = (heads, tokens) if layout == "hqk" else (tokens, heads)
    writer.function.argument(selected, tensor([*sizes, problem.topk], "i32"))
    ragged = problem.q_layout == "ragged"
    operands = [selected]
    if ragged:
        operands.append(writer.function.argument("cu_seqlens_q", tensor([case.batch + 1], "i32")))
    rows, entries = case.batch * case.max_blocks, (None if free else case.total_q * problem.topk)
    attributes = {"max_blocks": f"{case.max_blocks} : i64", "batch": f"{case.batch} : i64",
                  "selection": selection_attribute(layout, "any")}
    results = {"row_offsets": tensor([heads, rows + 1], "i32"), "query_ids": tensor([heads, entries], "i32")}
    if slots:
        results["slots"] = tensor([heads, entries], "i32")
    if max_queries is not None:
        attributes["max_queries"] = f"{max_queries} : i64"
        attributes.update(_unless_default("sub_chunk", sub_chunk, 0))
        capacity = None
        if not free:
            stretches = case.batch + (-(-case.total_q // sub_chunk) if sub_chunk else 0)
            capacity = heads * (entries // max_queries + min(entries, stretches * case.max_blocks))
        results.update(worklist=tensor([capacity, 4], "i32"), num_items=tensor([1], "i32"))
    writer.function.op(f"msa.transpose_selection %{selected}" + (" cu_seqlens_q(%cu_seqlens_q)" if ragged else ""), operands,
                       attributes, results)
    return writer.finish(list(results))

