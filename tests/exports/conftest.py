"""Runs that every format has to cope with."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.results import Measurement, Run, load_run
from tests.support.runs import header, measured, write_run

NASTY = "d\"'&<script>alert(1)<script>\n\x00\x1bé\U0001f600]]>/=b,|\\/cpu/float64"
FINE = "linear[n_features=3]/scratch_ols/cpu/float64"
SLOW = "linear[n_features=3]/scratch_gd[epochs=5]/cpu/float32"
LATE = "linear[n_features=3]/torch_linear/cpu/float64"
LOST = "pi_line/torch_linear/cpu/float64"
ABSENT = "pi_line/jax_ols/cpu/float64"
WILD = "pi_line/scratch_sgd/cpu/float64"


def unmeasured(case: str, status: Any, reason: str) -> Measurement:
    return Measurement(case=case, round=0, status=status, reason=reason, started="2026-01-01T00:00:00.000Z")


def mixture() -> list[Measurement]:
    """Every kind of case there is: two rounds that went well, an odd name, and what can go wrong."""
    rng = np.random.default_rng(0)
    return [
        *(measured(rng, FINE, k, seconds=1e-3, digits=14.5 - k) for k in range(2)),
        measured(rng, SLOW, seconds=2e-3, samples=1, status="not_converged", iterations=5, digits=3.0),
        unmeasured(LATE, "timeout", "took longer than 60 s"),
        unmeasured(LOST, "crashed", "killed by SIGSEGV; its last words: <&\x00>"),
        unmeasured(ABSENT, "missing", "jax is not installed"),
        measured(rng, WILD, status="diverged", reason="the loss blew up", digits=None, coef=(None, None)),
        measured(rng, NASTY, seconds=3e-3),
    ]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return load_run(write_run(tmp_path / "runs", 0, mixture()))


@pytest.fixture
def another(tmp_path: Path) -> Callable[..., Run]:
    """A run of these measurements, begun at this hour, its first line changed."""

    def make(*measurements: Measurement, hours: float = 1, **changes: Any) -> Run:
        return load_run(write_run(tmp_path / "runs", hours, measurements, **changes))

    return make


@pytest.fixture
def hopeless(another: Callable[..., Run]) -> Run:
    """A run in which nothing has a time."""
    return another(unmeasured(LOST, "crashed", "gone"), unmeasured(ABSENT, "missing", "not installed"), hours=2)


@pytest.fixture
def empty(tmp_path: Path) -> Run:
    """A run that was interrupted before its first case."""
    path = write_run(tmp_path / "runs", 3, [], finished=False, cases=header(3, [FINE]).cases)
    return load_run(path)
