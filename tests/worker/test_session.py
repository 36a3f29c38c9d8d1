"""What a worker says of its samples adds up to the time that they took."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from backends.base import Problem
from harness.timing import Timed
from harness.worker.session import Session
from tests.support.fakes import Honest

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


def test_a_process_that_cannot_be_looked_at_has_been_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    session = Session()

    def fail(*, thoroughly: bool) -> list[str]:
        raise RuntimeError("patched away")

    assert not session.answer({"do": "control", "samples": 1})["changed"]
    monkeypatch.setattr(session._state, "changes", fail)
    answer = session.answer({"do": "control", "samples": 1})
    assert answer["earlier"]
    assert answer["changed"] == ["what Python itself works with (patched away)"]
