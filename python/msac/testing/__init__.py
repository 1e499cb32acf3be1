"""Random problems, their MLIR text and their checks: for our tests, and for anyone who tests an engine against this compiler."""
from .check import RmsOverCases, check_lse, check_output, check_scores, check_selection_near
from .draw import Chooser, RandomChooser, draw_case, draw_problem, random_case
from .graphs import (Graph, attend_graph, attention_graph, combine_graph, relayout_graph, scores_graph, select_graph,
                     staged_graph, transpose_graph)
from .problems import Case, Problem, random_selection

__all__ = [name for name in dir() if not name.startswith("_")]
