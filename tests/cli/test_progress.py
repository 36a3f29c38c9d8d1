"""Progress: what is shown while a run is measured."""

import io
import re
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from harness.cli.progress import LiveProgress
from harness.results import Measurement, load_run
from harness.results.durations import Durations
from harness.units import duration_text
from tests.conftest import Linbench
from tests.support.runs import key, measured, write_run

ONE, TWO = "d/one/cpu/float64", "d/two/cpu/float64"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """A clock that moves only when it is told to."""
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])

    def pass_(seconds: float) -> None:
        now[0] += seconds

    return pass_


def line_of(text: str) -> str:
    return text.splitlines()[-1]


def took(seconds: tuple[float, ...], control: float, apart: float, number: int) -> Measurement:
    like = measured(np.random.default_rng(0), ONE, number)
    return replace(like, seconds=seconds, control=(control,) * len(seconds), first_call=apart, prepare=apart)


@pytest.fixture
def durations(tmp_path: Path) -> Durations:
    path = write_run(tmp_path, 0, [took((0.3,) * 10, 0.1, 0.5, number) for number in range(3)], finished=False)
    return Durations(0.3, [load_run(path)])


def test_a_case_takes_what_it_took_and_an_unknown_one_twice_its_samples(durations: Durations) -> None:
    assert durations[ONE] == pytest.approx(3.0 + 1.0 + 1.0)
    assert durations[TWO] == pytest.approx(0.6)


def test_what_a_whole_run_spent_besides_is_spread_over_its_cases(tmp_path: Path) -> None:
    path = write_run(tmp_path, 0, [took((1.0,), 0.0, 0.0, number) for number in range(6)])
    half_an_hour = 1800.0
    assert Durations(0.3, [load_run(path)])[ONE] == pytest.approx(half_an_hour / 6)


def test_time_left_follows_earlier_runs_and_then_this_one(durations: Durations, clock: Callable[[float], None]) -> None:
    out = io.StringIO()
    rng = np.random.default_rng(0)
    with LiveProgress(Console(file=out, width=200), durations) as shown:
        shown.planned([key(ONE)] * 20, 0)
        clock(5.0)
        shown.measured(measured(rng, ONE))
        assert line_of(out.getvalue()).startswith("[1/20, about 2 min left]")  # 19 of 5 s
        for number in range(1, 10):
            clock(20.0)
            shown.measured(measured(rng, ONE, number))
        minutes = re.search(r"\[10/20, about (\d+) min left\]", line_of(out.getvalue()))
        assert minutes is not None
        assert int(minutes[1]) == 3  # ten of nearly 20 s


def test_no_time_is_shown_where_none_is_known() -> None:
    out = io.StringIO()
    with LiveProgress(Console(file=out, width=200)) as shown:
        shown.planned([key(ONE), key(TWO)], 1)
        shown.measured(measured(np.random.default_rng(0), ONE))
    assert "1 of 3 measurements already measured" in out.getvalue()
    assert line_of(out.getvalue()).startswith("[2/3] one: ok")


def test_cases_are_called_by_what_tells_them_apart_and_keep_their_names() -> None:
    out = io.StringIO()
    long = "file[path=b.csv,target=y]/one/cpu/float64"
    with LiveProgress(Console(file=out, width=200)) as shown:
        shown.planned([key(long, dataset_label="houses"), key(ONE)], 0)
        shown.measured(measured(np.random.default_rng(0), long))
        shown.planned([key(ONE)], 1)
        shown.measured(measured(np.random.default_rng(0), ONE))
    assert [line.partition(":")[0] for line in out.getvalue().splitlines()] == ["[1/2] houses/one", "[2/2] d/one"]


def test_where_there_is_no_terminal_a_long_silence_is_broken(clock: Callable[[float], None]) -> None:
    out = io.StringIO()
    with LiveProgress(Console(file=out, width=200)) as shown:
        shown.planned([key(ONE)], 0)
        shown.doing("loading [big] data")
        assert out.getvalue() == ""
        clock(60.0)
        shown.doing("loading [big] data")
    assert line_of(out.getvalue()) == "[0/1] loading [big] data"


def test_a_reason_cannot_steer_the_terminal() -> None:
    out = io.StringIO()
    with LiveProgress(Console(file=out, width=200)) as shown:
        shown.planned([key(ONE)], 0)
        shown.measured(replace(measured(np.random.default_rng(0), ONE), reason="\x1b[2Jgone \udc80"))
    assert line_of(out.getvalue()).endswith(r": \u001b[2Jgone \udc80")


def test_durations_in_words() -> None:
    told = [duration_text(each) for each in (0.2, 45, 61, 3599, 4800)]
    assert told == ["1 s", "45 s", "1 min", "1 h 0 min", "1 h 20 min"]


def test_a_second_run_knows_how_long_it_will_be(linbench: Linbench, suite: Callable[..., Path]) -> None:
    path = suite("scratch_ols", "numpy_lstsq")
    assert linbench("run", path).code == 0
    again = linbench("run", path)
    assert re.search(r"\[1/\d+, about \d+ s left\]", again.err), again.err
    assert "left" not in again.out
