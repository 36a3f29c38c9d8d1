"""Runs of several machines: a point is of the machine that its own rows were measured on."""

from pathlib import Path

import numpy as np
import pytest

from harness.history import Series, history
from harness.machine import Host, Machine
from harness.reports.layout.base import Screen
from harness.reports.layout.text import text
from harness.reports.sheets.history import history as history_sheet
from harness.results import Measurement
from tests.support.runs import measured, write_run

FAST, SLOW = (Host(machine=Machine(id=each * 6, cpu=f"processor {each}")) for each in "ab")
STAYS, MOVES = "d/stays/cpu/float64", "d/moves/cpu/float64"


def line(rng: np.random.Generator, case: str, host: Host | None, speed: float = 1.0, **changes: object) -> Measurement:
    return measured(rng, case, seconds=1e-3 * speed, control=8e-4, host=host, **changes)  # type: ignore[arg-type]


def runs(folder: Path) -> list[Path]:
    """All begun on one machine; a case moves to the slow host half-way, where it takes half as long again."""
    rng = np.random.default_rng(0)
    return [
        write_run(folder, i, [line(rng, STAYS, FAST), line(rng, MOVES, FAST if i < 12 else SLOW, 1 + (i >= 12) / 2)])
        for i in range(24)
    ]


@pytest.fixture
def series(tmp_path: Path) -> dict[str, Series]:
    return {each.case: each for each in history(runs(tmp_path)).series}


def test_a_step_at_a_change_of_host_names_the_machine_and_others_do_not(series: dict[str, Series]) -> None:
    assert series[STAYS].moves() == ()
    assert [point.machines for point in series[MOVES].moves()] == [{"bbbbbb"}]
    (step,) = series[MOVES].steps
    assert step.new_machine
    assert step.own is None
    assert series[MOVES].record()["points"][-1]["machines"] == ["bbbbbb"]


def test_what_was_begun_elsewhere_but_measured_on_one_host_has_no_new_machine(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    found = history(
        write_run(tmp_path, i, [line(rng, STAYS, FAST, 1 + (i >= 12) / 2)], machine=Machine(id=f"parent {i >= 12}"))
        for i in range(24)
    )
    (step,) = found.series[0].steps
    assert (step.new_machine, step.own) == (False, True)


def test_the_table_tells_which_machines_were_before_and_after(tmp_path: Path) -> None:
    told = text(history_sheet(history(runs(tmp_path))), Screen(250))
    assert "processor a → processor a and processor b" in told
    run = history(runs(tmp_path)).runs[-1].record()
    assert (run["machine"]["id"], [each["id"] for each in run["machines"]]) == ("one", ["aaaaaa", "bbbbbb"])


def test_a_row_that_was_never_timed_is_of_the_host_that_tried_it(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    lost = line(rng, MOVES, SLOW, status="crashed", reason="gone", samples=0)
    path = write_run(tmp_path, 0, [line(rng, STAYS, None), lost])
    assert [[*each.points[0].machines] for each in history([path]).series] == [["bbbbbb"], ["one"]]
