"""What a case changed in the process that it shares with others is seen and named."""

import gc
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.hostile import CHANGES
from tests.support.paths import ROOT

LOOK = """
import json, signal, sys
from harness.worker import fits, system
from harness.worker.session import OpenCase, Session
from harness.worker.state import SharedState
from tests.support import hostile
state = SharedState((fits, system, Session, OpenCase))
before = state.changes(thoroughly=True)
for kind in sys.argv[1:]:
    exec(kind) if kind not in hostile.CHANGES else hostile.CHANGES[kind]()
    if signal.getitimer(signal.ITIMER_REAL)[0]:
        signal.setitimer(signal.ITIMER_REAL, 60.0)  # that it is set is the change; it need not go off
print(json.dumps([before, state.changes(thoroughly=True)]))
"""


def changes(*kinds: str) -> tuple[list[str], list[str]]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", LOOK, *kinds], capture_output=True, text=True, check=True, env=environment
    )
    before, after = json.loads(done.stdout)
    return before, after


def test_nothing_changed_is_nothing_said() -> None:
    assert changes() == ([], [])


def test_using_a_library_for_the_first_time_is_no_change() -> None:
    use = "import sklearn.linear_model as m; m.LinearRegression().fit([[1.0], [2.0]], [1.0, 2.0])"
    assert changes(use) == ([], [])


def test_every_change_is_named() -> None:
    kinds = [kind for kind in CHANGES if kind not in ("lstsq")]
    rest = [
        "import sys; sys.setprofile(lambda *_: None)",
        "import os; os.nice(1)",
        "import threadpoolctl; threadpoolctl.threadpool_limits(2)",
        "import gc; gc.disable()",
        "import signal; signal.setitimer(signal.ITIMER_REAL, 600)",
    ]
    _, found = changes(*kinds, *rest)
    for words in (
        "the working folder", "NumPy's error state", "time.perf_counter_ns", "numpy.matmul", "the locale",
        "running Python threads", "alarms or timers", "a trace or profile function", "garbage collection",
        "its processor affinity or priority", "the threads of openblas",
    ):  # fmt: skip
        assert any(each.startswith(words) for each in found), (words, found)


@pytest.mark.parametrize(
    "patch",
    [
        "from harness.worker.session import Session; Session._sample = None",
        "from harness.worker.session import OpenCase; OpenCase.keep = lambda *_: None",
        "from harness.worker import fits; fits.check_fit = lambda *_: None",
        "import harness.timing; harness.timing.timer = None",
        "import numpy; numpy.linalg.lstsq = None",
        "import json; json.loads = str",
    ],
)
def test_a_function_put_in_the_place_of_another_is_named(patch: str) -> None:
    _, found = changes(patch)
    assert len(found) == 1
    assert found[0].rpartition(".")[2] in patch


def test_the_tests_own_process_is_as_it_was() -> None:
    assert gc.isenabled()
    assert Path.cwd().is_dir()


@pytest.mark.parametrize(
    ("act", "named"),
    [
        ("import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))", "its limits"),
        ("import sys; sys.setrecursionlimit(200)", "the recursion limit"),
        ("import sys; sys.path.clear()", "its module search path"),
        ("import sys; sys.modules.pop('numpy')", "its module search path"),
        ("import warnings; warnings.simplefilter('error')", "its warnings filter"),
        ("import builtins; builtins.hex = oct", "builtins.hex"),
    ],
)
def test_what_would_fail_the_next_case_is_named(act: str, named: str) -> None:
    assert changes(act)[1] == [named]


def test_a_place_to_find_modules_may_be_added() -> None:
    assert changes("import sys; sys.path.append('/more')")[1] == []
