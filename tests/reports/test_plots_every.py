"""What holds of all plots: they are Plotly's, harmless, honest about what is missing, and small."""

import json
import subprocess
import sys
from pathlib import Path

import plotly.graph_objects as go
import pytest

from harness.records import json_text
from harness.reports import plots
from harness.reports.page import build
from harness.reports.plots import plot_kinds, sections
from harness.reports.plotting.plot import Section
from tests.reports.views import (
    ANSWERLESS,
    NASTY,
    answered,
    every_end,
    hostile,
    named_plots,
    run_of,
    section,
    texts,
    told,
)  # fmt: skip
from tests.support.paths import ROOT
from tests.support.runs import write_run

IDS = ["speed", "profiles", "agreement", "convergence", "fit", "scaling", "roofline", "timing", "history"]
TAGS = {"<b>", "</b>", "<br>", "<extra>", "</extra>"}
"""What plots themselves put into texts."""


@pytest.fixture(scope="module")
def hostile_sections(tmp_path_factory: pytest.TempPathFactory) -> tuple[Section, ...]:
    folder = tmp_path_factory.mktemp("hostile")
    run = hostile(folder)
    other = write_run(folder, 5, run.measurements, cases=run.header.cases, problems=run.problems)
    return sections(run, [other])


@pytest.fixture(scope="module")
def ends(tmp_path_factory: pytest.TempPathFactory) -> tuple[Section, ...]:
    return sections(every_end(tmp_path_factory.mktemp("ends")))


def test_sections_come_in_the_order_of_the_page(ends: tuple[Section, ...]) -> None:
    assert [each.id for each in ends] == IDS
    for each in ends:
        assert each.title
        assert each.about
        assert bool(each.why_empty) != bool(each.plots)


def test_names_from_outside_are_harmless_in_every_text(hostile_sections: tuple[Section, ...]) -> None:
    seen = 0
    for name, plot in named_plots(hostile_sections):
        for text in texts(plot.spec):
            left = text
            for tag in TAGS:
                left = left.replace(tag, "")
            assert "<" not in left, f"{name}: {text}"
            seen += "&lt;script" in text
        assert "<" not in name
        assert ">" not in name
    assert seen > 50, "they are there, and shown"


def test_names_from_outside_stand_in_every_section(hostile_sections: tuple[Section, ...]) -> None:
    for each in hostile_sections:
        assert any(NASTY[:20] in told(plot) or "&lt;script" in told(plot) for plot in each.plots), each.id


def test_plotly_takes_every_specification(hostile_sections: tuple[Section, ...], ends: tuple[Section, ...]) -> None:
    drawn = [plot for _, plot in named_plots([*hostile_sections, *ends]) if not plot.why_empty]
    assert len(drawn) > 20
    for plot in drawn:
        go.Figure(plot.spec)
        assert plot.spec["data"]
        assert json.loads(json_text(plot.spec)) == json.loads(json.dumps(plot.spec, allow_nan=False))


def test_every_axis_has_a_title(hostile_sections: tuple[Section, ...]) -> None:
    for name, plot in named_plots(hostile_sections):
        for key, axis in plot.spec.get("layout", {}).items():
            if (
                key.startswith(("xaxis", "yaxis"))
                and axis.get("visible", True)
                and plot.spec["data"][0]["type"] == "scatter"
            ):
                assert axis["title"]["text"], f"{name}: {key}"


def test_an_empty_figure_says_why_and_a_full_one_sums_up(ends: tuple[Section, ...]) -> None:
    for name, plot in named_plots(ends):
        assert bool(plot.why_empty) == (not plot.spec), name
        assert plot.summary.endswith((".", "?")), name
        assert plot.title, name


@pytest.mark.parametrize("identity", ["speed", "profiles", "agreement", "convergence", "timing", "fit"])
@pytest.mark.parametrize("status", ANSWERLESS)
def test_every_way_to_fail_is_named_in_every_figure(ends: tuple[Section, ...], identity: str, status: str) -> None:
    for plot in section(ends, identity).plots:
        assert status in told(plot), plot.title


def test_choices_name_traces_that_there_are(ends: tuple[Section, ...], hostile_sections: tuple[Section, ...]) -> None:
    for name, plot in named_plots([*ends, *hostile_sections]):
        for choice in plot.choices:
            assert choice.label, name
            assert all(0 <= i < len(plot.spec["data"]) for i in choice.traces), name


def test_sixty_cases_stay_under_five_megabytes(tmp_path: Path) -> None:
    cases = [f"{dataset}/scratch_ols[tag={i}]/cpu/float64" for dataset in ("linear", "pi_line") for i in range(30)]
    found = [answered(case, round_, samples=100) for case in cases for round_ in range(3)]
    drawn = sections(run_of(tmp_path, found))
    assert sum(len(json_text(plot.spec)) for _, plot in named_plots(drawn)) < 5_000_000


def test_drawing_imports_no_library_under_test_and_not_plotly() -> None:
    code = (
        "import sys, tempfile, pathlib\n"
        "from tests.reports.views import every_end\n"
        "from harness.reports.plots import sections\n"
        "sections(every_end(pathlib.Path(tempfile.mkdtemp())))\n"
        "print(*{'torch', 'sklearn', 'statsmodels', 'jax', 'numba', 'polars', 'plotly', 'duckdb'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.split() == []


def test_a_run_of_which_nothing_was_measured_is_drawn_too(tmp_path: Path) -> None:
    found = sections(run_of(tmp_path, []))
    assert [each.id for each in found] == IDS
    for name, plot in named_plots(found):
        assert plot.why_empty, name


KIND = """
from harness.reports.plotting.plot import Plot, plot_kind


@plot_kind(title="Rows", about="How many there are.", why_empty="None.", place=45)
def counted(view):
    yield Plot("All", f"{len(view.rows)} rows.", {"data": [{"type": "bar", "x": [1], "y": [2]}], "layout": {}})
"""


def test_a_new_kind_is_one_new_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "counted.py").write_text(KIND)
    run = run_of(tmp_path, [answered("linear/a/cpu/float64")])
    try:
        with monkeypatch.context() as patch:
            patch.setattr(plots, "__path__", [*plots.__path__, str(tmp_path)])
            plot_kinds.cache_clear()
            assert [each.id for each in sections(run)] == [*IDS[:4], "counted", *IDS[4:]]
            page = build(run, tmp_path / "page").read_text()
    finally:
        plot_kinds.cache_clear()
        sys.modules.pop("harness.reports.plots.counted", None)
    assert '<a href="#counted">Rows</a>' in page
    assert 'id="plot-counted-all"' in page
    assert [each.id for each in sections(run)] == IDS
