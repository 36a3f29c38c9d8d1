"""What is achieved is drawn under the machine's limits, and what is not known is said."""

from pathlib import Path

import pytest

from harness.machine import Roof
from harness.reports.plots import sections
from harness.reports.plotting.plot import Plot
from harness.results import CostRecord, load_run
from tests.reports.views import answered, section
from tests.support.runs import key, write_run

ROOF = Roof(threads=2, flops_per_second={"float32": 8e9, "float64": 4e9}, bytes_per_second=1e9)
CASES = {
    "linear/a/cpu/float64": CostRecord(flops=1e6, bytes=1e6),
    "linear/b/cpu/float64": CostRecord(flops=1e7, bytes=1e6),
    "linear/c/cpu/float64": None,
}


def drawn(folder: Path, roof: Roof | None, costs: dict[str, CostRecord | None] = CASES) -> Plot:
    found = [answered(case, seconds=1e-2, noise=0.0, samples=1, cost=cost) for case, cost in costs.items()]
    path = write_run(folder, 0, found, cases=[key(case) for case in costs], roof=roof)
    (plot,) = section(sections(load_run(path)), "roofline").plots
    return plot


def test_a_row_stands_at_its_operations_per_byte_and_per_second(tmp_path: Path) -> None:
    plot = drawn(tmp_path, ROOF)
    traces = {trace["name"]: trace for trace in plot.spec["data"]}
    assert set(traces) == {"roof, float64", "a", "b"}
    roof, a, b = (traces[name] for name in ("roof, float64", "a", "b"))
    assert roof["x"] == [0.5, 4.0, 20.0]
    assert roof["y"] == [0.5e9, 4e9, 4e9]
    assert (a["x"], b["x"]) == ([1.0], [10.0])
    assert a["y"][0] == pytest.approx(1e8, rel=0.3)
    assert b["y"][0] == pytest.approx(1e9, rel=0.3)
    assert "of the roof" in a["text"][0]
    assert plot.summary.startswith("b is nearest to the roof")
    assert plot.notes[0].endswith(
        "8.00 GFLOP/s in float32, 4.00 GFLOP/s in float64, 1.00 GB/s from memory, with 2 threads."
    )
    assert plot.notes[1] == "Without a declared cost: c."


def test_without_limits_the_rows_are_drawn_alone(tmp_path: Path) -> None:
    plot = drawn(tmp_path, None)
    assert {trace["name"] for trace in plot.spec["data"]} == {"a", "b"}
    assert plot.notes[0].startswith("No roof: ")
    assert plot.summary.startswith("b achieves the most: ")


def test_without_costs_there_is_nothing_to_draw(tmp_path: Path) -> None:
    plot = drawn(tmp_path, ROOF, dict.fromkeys(CASES))
    assert "declares its cost" in plot.why_empty
