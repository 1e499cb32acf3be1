"""hypothesis drives the random walk of msac.testing.draw, so that what fails is shrunk."""
from hypothesis import strategies as st

from msac.testing import Chooser, draw_case, draw_problem


class Drawn(Chooser):
    def __init__(self, draw):
        self._draw = draw

    def one_of(self, items):
        return self._draw(st.sampled_from(list(items)))

    def integer(self, low, high):
        return self._draw(st.integers(low, high))


@st.composite
def problems_with_cases(draw, *, batches=3, data=None, max_requests=4, max_q_len=0, work=1 << 22, **limits):
    """One problem and up to `batches` cases of it; `limits` as draw_problem."""
    choose = Drawn(draw)
    problem = draw_problem(choose, **limits)
    count = choose.integer(1, batches)
    return problem, [draw_case(choose, problem, data=data, max_requests=max_requests, max_q_len=max_q_len, work=work)
                     for _ in range(count)]


def cases(**limits):
    """One case of one problem."""
    return problems_with_cases(batches=1, **limits).map(lambda drawn: drawn[1][0])
