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
def cases(draw, *, data=None, max_requests=4, max_q_len=0, work=1 << 22, **limits):
    """One case of one problem; `limits` as draw_problem."""
    choose = Drawn(draw)
    problem = draw_problem(choose, **limits)
    return draw_case(choose, problem, data=data, max_requests=max_requests, max_q_len=max_q_len, work=work)
