"""What a worker says of its samples adds up to the time that they took."""

import gc
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backends.base import Problem
from harness.timing import STREAM_EVERY, STREAMED_FROM, Timed
from harness.worker import session as session_module
from harness.worker.session import Session
from tests.support.fakes import Honest
from tests.support.paths import ROOT

BACKEND = {"module": Honest.__module__, "class": Honest.__qualname__, "options": {}}


def test_samples_of_one_answer_are_all_of_as_many_calls(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """A slow call at first is no reason to claim as much for each of the calls that turn out to be needed."""
    session = Session()
    np.save(tmp_path / "X.npy", np.ones((3, 1)))
    np.save(tmp_path / "y.npy", np.ones(3))
    spent = 0.0
    pace = iter([*[1e-3] * 2, 3e-3])  # prepare and the first call, one slow sample; fast ones behind it

    def timed(call: Callable[[], Any], repeats: int = 1) -> tuple[Timed, Any]:
        nonlocal spent
        seconds = 1e-4 if call is session._control else next(pace, 1e-4)
        spent += seconds * repeats
        return Timed(seconds, seconds), call()

    monkeypatch.setattr(session, "_timed", timed)
    problem = {"X": str(tmp_path / "X.npy"), "y": str(tmp_path / "y.npy"), "intercept": False, "l2": 0.0}
    opened = session.answer({"do": "open", "case": "a", "backend": BACKEND, "problem": problem, "device": "cpu"})
    assert "failed" not in opened
    spent = 0.0
    sampled = session.answer({"do": "sample", "case": "a", "samples": 5})["answer"]
    assert len(sampled["seconds"]) == 5
    assert sampled["repeats"] > 1
    claimed = sum(sampled["seconds"]) * sampled["repeats"] + sum(sampled["control"])
    assert claimed <= spent
    assert min(sampled["seconds"]) * sampled["repeats"] >= 2e-3
    assert isinstance(session._cases["a"].problem, Problem)


@pytest.mark.parametrize(("fault", "status"), [("MemoryError()", "out_of_memory"), ("OSError('no')", "error")])
def test_a_library_that_cannot_be_imported_says_why(
    fault: str, status: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "odd_library.py").write_text(f"raise {fault}\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(gc, "disable", lambda: None)
    found = Session().start({"library": "odd_library", "distribution": "odd", "program": ""})["failed"]
    assert found["status"] == status
    assert found["reason"].startswith(f"importing odd: {fault.partition('(')[0]}")


def streamed(session: Session, folder: Path, rows: int, turns: int, seconds: float) -> list[int]:
    """How often the streaming control was timed, turn by turn of samples that take so many seconds each."""
    np.save(folder / "X.npy", np.ones((rows, 1)))
    np.save(folder / "y.npy", np.ones(rows))

    def timed(call: Callable[[], Any], repeats: int = 1) -> tuple[Timed, Any]:
        return Timed(seconds / repeats, seconds / repeats), call()

    session._timed = timed
    problem = {"X": str(folder / "X.npy"), "y": str(folder / "y.npy"), "intercept": False, "l2": 0.0}
    opened = session.answer({"do": "open", "case": "a", "backend": BACKEND, "problem": problem, "device": "cpu"})
    assert "failed" not in opened
    answers = [session.answer({"do": "sample", "case": "a", "samples": 2})["answer"] for _ in range(turns)]
    return [len(each["stream"]) for each in answers]


LARGE = STREAMED_FROM // 16
"""Rows of one feature, with the target's."""


def test_the_streaming_control_is_timed_beside_large_problems_alone_and_now_and_then(tmp_path: Path) -> None:
    session = Session()
    assert streamed(session, tmp_path, LARGE - 1, 3, STREAM_EVERY) == [0, 0, 0]
    assert session._stream is None, "nobody pays for what nobody wants"
    assert streamed(session, tmp_path, LARGE, 6, STREAM_EVERY / 4) == [1, 0, 1, 0, 1, 0]


def test_without_memory_for_it_a_case_goes_without_the_streaming_control(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_memory() -> None:
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(session_module, "stream_kernel", no_memory)
    assert streamed(Session(), tmp_path, LARGE, 2, STREAM_EVERY) == [0, 0]


FROZEN = """
import gc
from harness.worker.session import Session
Session().start({"library": "json", "distribution": "json", "program": False})
print(len(gc.get_objects()) < gc.get_freeze_count())
"""


def test_what_a_library_imports_is_not_searched_for_garbage_before_every_case() -> None:
    done = subprocess.run([sys.executable, "-c", FROZEN], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == "True\n"


def test_a_process_that_cannot_be_looked_at_has_been_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    session = Session()

    def fail(*, thoroughly: bool) -> list[str]:
        raise RuntimeError("patched away")

    assert not session.answer({"do": "control", "samples": 1})["changed"]
    monkeypatch.setattr(session._state, "changes", fail)
    answer = session.answer({"do": "control", "samples": 1})
    assert answer["earlier"]
    assert answer["changed"] == ["Python's own functions (patched away)"]
