"""pytest set-up: the package of this checkout, hypothesis profiles, and what is skipped when a library is really absent.

MSA_PROPERTY_EXAMPLES=n runs n fresh random examples of each property instead of the default few, which are the same in every run:
a change is judged by what it does, and a search for new failures is a run of its own. MSA_BUILD_DIR names another build folder
than `build`; its lib folder is looked in unless MSA_LIBRARY_PATH is set.
"""
import os
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "python"))
sys.path.insert(0, str(Path(__file__).resolve().parent))
os.environ.setdefault("MSA_LIBRARY_PATH", str(Path(os.environ.get("MSA_BUILD_DIR", ROOT / "build")) / "lib"))
os.environ.setdefault("MSA_CACHE_DIR", "")  # tests compile

import msac  # noqa: E402
from msac import _library  # noqa: E402

QUIET = dict(deadline=None, print_blob=True, database=None,
             suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much])
settings.register_profile("few", max_examples=12, derandomize=True, **QUIET)
settings.register_profile("many", max_examples=int(os.environ.get("MSA_PROPERTY_EXAMPLES", "12")), **QUIET)
settings.load_profile("many" if "MSA_PROPERTY_EXAMPLES" in os.environ else "few")


def pytest_addoption(parser):
    parser.addoption("--require-libraries", action="store_true", help="a missing shared library is a failure, not a skip")


def pytest_report_header(config):
    seed = config.getoption("--hypothesis-seed", default=None)
    found = []
    for name in ("libmsac.so", "libmsart.so"):
        try:
            found.append(str(_library.find(name)))
        except msac.LibraryError:
            found.append(f"no {name}")
    return [f"msac {msac.__version__}: {', '.join(found)}",
            f"properties: {settings().max_examples} examples each, --hypothesis-seed={seed} (see also the seed pytest prints)"]


def _need(request, name):
    try:
        _library.find(name)
    except msac.LibraryError as error:
        if request.config.getoption("--require-libraries"):
            pytest.fail(str(error))
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def compiler(request):
    """The compiler's library is there."""
    _need(request, "libmsac.so")


@pytest.fixture(scope="session")
def runtime(request):
    """The runtime's library is there."""
    _need(request, "libmsart.so")
