"""The bridge to programs that are not Python, against programs that misbehave in every way we could think of."""

import gc
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from backends._compiled_program import compiled
from backends._program import LARGEST_ANSWER, Package
from backends._scratch import Scratch
from backends._whole import Document, Estimates, Whole, run_whole
from backends.base import Fit, Library, Missing, Problem, Unsupported
from tests.support.engine import PACKAGE, Fake


def problem(rows: int = 4, columns: int = 2) -> Problem:
    X = np.random.default_rng(5).normal(size=(rows, columns))
    return Problem(X, X.sum(axis=1), intercept=True)


def fit_of(mode: str, asked: Problem | None = None, deadline: float = 30.0) -> Fit:
    backend = Fake(mode=mode, deadline=deadline)
    return backend.solve(backend.prepare(asked or problem(), "cpu"))


def until(true: Callable[[], bool], seconds: float = 20.0) -> bool:
    """Whether something comes true; looked at again and again, so that no machine is too slow."""
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.01)
    return true()


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


# what a good program gives


def test_every_bit_goes_there_and_back() -> None:
    X = np.array([[1 / 3, 1.0], [5e-324, 2.0], [-1.7976931348623157e308, 4.0]])
    fit = fit_of("honest", Problem(X, np.ones(3), intercept=True))
    assert [fit.intercept, *fit.coef] == [1 / 3, 5e-324, -1.7976931348623157e308]


def test_a_fit_carries_the_programs_own_time_rank_and_inference() -> None:
    backend = Fake()
    state = backend.prepare(problem(), "cpu")
    fit = backend.solve(state)
    assert (fit.own_seconds, fit.rank, fit.converged, fit.iterations) == (1e-9, 2, True, None)
    assert fit.inference is not None
    errors, r_squared, *further = fit.inference()
    assert errors[[0, 2]].tolist() == [0.5, 1.5]
    assert math.isnan(errors[1])
    assert r_squared == 0.5
    assert set(further) == {None}
    assert backend.versions(state) == {"fake": "1.2"}
    assert backend.outside_bytes(state) > 1 << 20
    assert backend.outside_cpu_seconds(state) > 1e-3


def test_a_program_says_as_much_of_its_fit_as_it_has() -> None:
    told = fit_of("says more").inference
    assert told is not None
    said = told()
    assert said.t_values is not None
    assert said.p_values is not None
    assert said.t_values[:2].tolist() == [2.0, -1.0]
    assert math.isnan(said.t_values[2])
    assert said.p_values.tolist() == [0.0, 0.25, 1.0]
    assert (said.f_value, said.r_squared, said.confidence_low, said.aic) == (8.0, None, None, None)


def test_a_t_too_few_is_refused() -> None:
    told = fit_of("has too few t").inference
    assert told is not None
    with pytest.raises(ValueError, match="answered 2 t_values, wanted 3"):
        told()


def test_numbers_may_be_json_too() -> None:
    asked = problem()
    assert fit_of("plain numbers", asked).intercept == asked.X[0, 0]


@pytest.mark.parametrize("mode", ["noise", "closed words"])
def test_noise_before_the_answer_is_passed_over(mode: str) -> None:
    asked = problem()
    assert fit_of(mode, asked).intercept == asked.X[0, 0]


def test_one_program_answers_many_fits() -> None:
    backend = Fake()
    state = backend.prepare(problem(), "cpu")
    pid = state.program.pid
    assert len({backend.solve(state).intercept for _ in range(20)}) == 1
    assert state.program.pid == pid


def test_single_precision_goes_as_doubles() -> None:
    X = np.array([[1 / 3], [2.0]], dtype=np.float32)
    fit = Fake().solve(Fake().prepare(Problem(np.hstack([X, X]), X[:, 0], intercept=True), "cpu"))
    assert fit.intercept == float(np.float32(1 / 3))


# what a bad one costs: an exception whose words stand in the row


@pytest.mark.parametrize(
    ("mode", "kind", "words"),
    [
        ("decimal comma", ValueError, r"'0,5', with a decimal comma; wanted a point"),
        ("nan", ValueError, "Fake answered nan for number 2 of 3 estimates"),
        ("na", ValueError, "Fake answered nan for number 2 of 3 estimates"),
        ("few", ValueError, "Fake answered 2 estimates, wanted 3"),
        ("word", ValueError, "Fake answered 'two', wanted a number"),
        ("no estimates", ValueError, "Fake answered no 'estimates'; got id, rank"),
        ("half a rank", ValueError, "Fake answered rank 1.5, wanted a whole number"),
        ("unknown key", ValueError, "the key 'coefs', which the protocol does not have"),
        ("no json", ValueError, "'coefficients: 1 2 3', wanted a JSON object"),
        ("wrong number", ValueError, "Fake answered request 7, wanted 2"),
        ("lies", ValueError, r"Fake claims 3600 s for a fit that took [\d.e-]+ s here"),
        ("negative time", ValueError, "Fake claims -1 s"),
        ("endless noise", RuntimeError, f"wrote more than {LARGEST_ANSWER + 64 * 3} bytes and no answer"),
        ("dies", RuntimeError, "Fake ended with status 3 before it answered; its last words: Segmentation is near"),
        ("killed", RuntimeError, "Fake was killed by SIGKILL before it answered"),
        ("errs", RuntimeError, "Fake: singular matrix"),
        ("hasty", RuntimeError, "Fake answered before it had read its data"),
        ("declines", Unsupported, "Fake: I fit no lines"),
        ("finds that it cannot", Unsupported, "Fake: rank deficient"),
        ("lacks", Missing, "Fake: the package X; install x-dev"),
    ],
)
def test_misbehaviour_is_named(mode: str, kind: type[Exception], words: str) -> None:
    large = problem(200_000) if mode == "hasty" else None
    with pytest.raises(kind, match=words):
        fit_of(mode, large)


@pytest.mark.parametrize("mode", ["hangs", "half an answer"])
def test_a_hang_ends_at_the_deadline(mode: str) -> None:
    backend = Fake(mode=mode, deadline=2.0)
    state = backend.prepare(problem(), "cpu")
    with pytest.raises(TimeoutError, match="Fake gave no answer within 2 s"):
        backend.solve(state)
    assert gone(state.program.pid)
    with pytest.raises(RuntimeError, match="Fake has ended after an earlier failure"):
        backend.solve(state)


def test_a_program_that_never_reads_its_data_ends_at_the_deadline() -> None:
    with pytest.raises(TimeoutError, match=r"no answer within 0\.5 s"):
        fit_of("deaf", problem(200_000), deadline=0.5)


def test_a_second_answer_is_not_taken_for_the_next_one() -> None:
    backend = Fake(mode="twice")
    state = backend.prepare(problem(), "cpu")
    backend.solve(state)
    with pytest.raises(ValueError, match="answered request 2, wanted 3"):
        backend.solve(state)


def test_a_missing_program_names_its_packages() -> None:
    with pytest.raises(Missing, match=r"no-such-program cannot be started.*install fake-bin \(Debian\) or fake"):
        Fake(program="no-such-program").prepare(problem(), "cpu")


# nobody is left behind


def test_dropping_the_state_ends_the_program() -> None:
    state = Fake().prepare(problem(), "cpu")
    pid = state.program.pid
    assert not gone(pid)
    del state
    gc.collect()
    assert gone(pid)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_a_killed_worker_takes_its_program_with_it() -> None:
    code = (
        "import signal\nfrom tests.backends.test_program import problem\nfrom tests.support.engine import Fake\n"
        "state = Fake(mode='outlives its input').prepare(problem(), 'cpu')\n"
        "print(state.program.pid, flush=True)\nsignal.pause()"
    )
    worker = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert worker.stdout is not None
    pid = int(worker.stdout.readline())
    assert not gone(pid)
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    worker.stdout.close()
    assert until(lambda: gone(pid))


# programs that are run whole


@dataclass(frozen=True, kw_only=True)
class FakeWhole(Whole):
    """Python, run for each fit.

    Attributes
    ----------
    code : str
        What it runs.
    """

    library: ClassVar[Library] = Library("backends._program", "Fake", program=True)
    package: ClassVar[Package] = PACKAGE

    program: str = sys.executable
    code: str = ""

    def write(self, problem: Problem, folder: Path) -> None:
        (folder / "data.txt").write_text("1 2 3")

    def command(self, document: Document) -> Sequence[str]:
        return [self.program, "-S", "-c", self.code]

    def read(self, document: Document, printed: str) -> Estimates:
        return Estimates([float(word) for word in printed.split()])


def whole(code: str, deadline: float = 30.0) -> Fit:
    backend = FakeWhole(code=code, deadline=deadline)
    return backend.solve(backend.prepare(problem(), "cpu"))


def test_a_whole_run_reads_its_file_and_prints() -> None:
    fit = whole("print(open('data.txt').read())")
    assert (fit.intercept, fit.coef.tolist(), fit.own_seconds) == (1.0, [2.0, 3.0], None)
    assert FakeWhole.timed_whole


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        ("print(1)", ValueError, "Fake answered 1 estimates, wanted 3"),
        ("print('1 nan 2')", ValueError, "Fake answered nan for an estimate"),
        ("raise SystemExit('no licence')", RuntimeError, "Fake ended with status 1; its last words: no licence"),
        ("import os; os.kill(os.getpid(), 11)", RuntimeError, "Fake was killed by SIGSEGV"),
        ("while True: print('noise' * 10000)", RuntimeError, "Fake printed more than"),
    ],
)
def test_a_whole_runs_misbehaviour_is_named(code: str, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        whole(code)


def test_a_whole_run_that_hangs_is_ended_with_what_it_started(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-S', '-c', 'import signal; signal.pause()'])\n"
        "open('pid', 'w').write(str(child.pid)); child.wait()"
    )
    with pytest.raises(TimeoutError, match="Fake did not end within 2 s"):
        run_whole([sys.executable, "-S", "-c", code], "Fake", PACKAGE, tmp_path, 2.0)
    pid = int((tmp_path / "pid").read_text())
    assert until(lambda: gone(pid))


def test_a_scratch_folder_goes_with_its_owner() -> None:
    scratch = Scratch()
    path = scratch.path
    (path / "file").write_text("x")
    del scratch
    assert not path.exists()


COMPILER = """#!/bin/sh
[ "$1" = --version ] && echo "compiler 1" && exit
echo compiled >> "$(dirname "$0")/log"
echo "program: $5" > "$4"
cp "$5" "$7"
"""


def test_a_program_that_many_ask_for_at_once_is_compiled_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINBENCH_CACHE", str(tmp_path / "cache"))
    compiler, source = tmp_path / "compiler", tmp_path / "program.c"
    compiler.write_text(COMPILER, encoding="utf-8")
    compiler.chmod(0o755)
    source.write_text("a program", encoding="utf-8")
    with ThreadPoolExecutor(8) as threads:
        asked = [threads.submit(compiled, str(compiler), source, (), "install it") for _ in range(8)]
        (program,) = {each.result() for each in asked}
    assert program.read_text(encoding="utf-8") == "a program"
    assert (tmp_path / "log").read_text(encoding="utf-8") == "compiled\n"
