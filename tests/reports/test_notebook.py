"""Runs in notebooks: the frame, the samples, the figures, the table."""

import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

import harness
from harness.errors import LinbenchError, NothingToShow
from harness.reports.notebook import load_run
from harness.results import Run
from tests.reports.views import NASTY, answered, every_end, hostile, over_time, run_of
from tests.support.paths import ROOT
from tests.support.runs import write_run


def test_it_is_offered_by_the_package_and_nothing_is_imported_before() -> None:
    assert harness.load_run is load_run
    assert "load_run" in dir(harness)
    code = (
        "import sys; before = set(sys.modules); import harness; harness.__version__\n"
        "print(*{name.partition('.')[0] for name in set(sys.modules) - before} - set(sys.stdlib_module_names))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.split() == ["harness"]


def test_a_run_is_found_by_path_id_beginning_and_latest(tmp_path: Path) -> None:
    folder = tmp_path / "results" / "runs"
    first, last = (write_run(folder, hour, [answered("linear/a/cpu/float64")]) for hour in (0, 1))
    by_path = load_run(first)
    assert by_path.id == first.stem
    assert load_run(str(first)) == by_path
    assert load_run(first.stem, results=tmp_path / "results") == by_path
    assert load_run(first.stem[:13], results=tmp_path / "results") == by_path
    assert load_run(results=str(tmp_path / "results")).id == last.stem
    with pytest.raises(NothingToShow, match="no run 'none'"):
        load_run("none", results=tmp_path)


def test_it_is_a_run_like_any_other(descents: Run) -> None:
    found = load_run(descents.path)
    assert isinstance(found, Run)
    assert found.record() == descents.record()
    assert repr(found) == f"<NotebookRun {descents.id}: 12 cases, 12 measurements>"


def test_the_frame_has_a_row_per_case_under_the_documented_names(descents: Run) -> None:
    frame = load_run(descents.path).frame()
    records = descents.record()["rows"]
    assert isinstance(frame, pd.DataFrame)
    assert list(frame["case"]) == [record["case"] for record in records]
    documented = (set(records[0]) - {"seconds"}) | {f"seconds_{key}" for key in records[0]["seconds"]}
    assert set(frame.columns) == documented
    readme = (ROOT / "results" / "README.md").read_text()
    for column in frame.columns:
        assert f"`{column.removeprefix('seconds_')}`" in readme, column
    for record, (_, row) in zip(records, frame.iterrows(), strict=True):
        assert row["seconds_median"] == record["seconds"]["median"]
        assert row["status"] == record["status"]
        assert row["digits"] == record["digits"] or (record["digits"] is None and pd.isna(row["digits"]))
    assert frame["seconds_median"].dtype == np.float64


def test_a_frame_of_every_end_has_gaps_not_zeros(tmp_path: Path) -> None:
    frame = load_run(every_end(tmp_path).path).frame().set_index("case")
    lost = frame.loc["linear/scratch_sgd[seed=5]/cpu/float64"]
    assert lost["status"] == "timeout"
    assert pd.isna(lost["seconds_median"])
    assert pd.isna(lost["digits"])


def test_the_samples_are_all_of_them_with_their_places(descents: Run) -> None:
    run = load_run(descents.path)
    samples = run.samples()
    assert len(samples) == sum(len(row.samples) for row in run.rows)
    for row in run.rows:
        mine = samples[samples["case"] == row.case.id]
        assert tuple(mine["seconds"]) == row.samples
        assert tuple(mine["order"]) == row.measurements[0].order
        assert tuple(mine["control"].dropna()) == row.measurements[0].control
        assert set(mine["round"]) == ({0} if row.samples else set())


def test_the_samples_have_their_processor_time_and_round(tmp_path: Path) -> None:
    case = "linear/a/cpu/float64"
    one, other = (replace(answered(case, n, samples=2), order=(1, 0), cpu_seconds=(0.5, 0.25)) for n in (0, 1))
    samples = load_run(run_of(tmp_path, [one, other]).path).samples()
    assert samples["round"].tolist() == [0, 0, 1, 1]
    assert samples["order"].tolist() == [1, 0, 1, 0]
    assert samples["cpu_seconds"].tolist() == [0.5, 0.25] * 2
    assert samples["repeats"].tolist() == [1] * 4


def test_samples_without_a_control_have_gaps(tmp_path: Path) -> None:
    measurement = replace(answered("linear/a/cpu/float64", samples=3), control=(1e-3,), order=())
    samples = load_run(run_of(tmp_path, [measurement]).path).samples()
    assert samples["control"].isna().tolist() == [False, True, True]
    assert samples["order"].tolist() == [0, 1, 2]
    assert load_run(run_of(tmp_path / "none", []).path).samples().empty


def test_figures_are_plotlys_and_have_what_a_page_would_add(descents: Run) -> None:
    found = load_run(descents.path).figures()
    assert {name.partition("-")[0] for name in found} == {
        "speed", "profiles", "agreement", "convergence", "fit", "roofline", "timing",
    }  # fmt: skip
    assert all(isinstance(each, go.Figure) for each in found.values())
    animated = next(each for name, each in found.items() if name.endswith("2000-the-path-of-its-parameters"))
    assert len(animated.frames) == len(animated.layout.sliders[0].steps) > 10
    assert animated.layout.updatemenus[0].buttons[0].label == "Play"
    timing = next(each for name, each in found.items() if name.startswith("timing"))
    (menu,) = timing.layout.updatemenus
    assert len(menu.buttons) == 6
    assert [trace.visible for trace in timing.data] == list(menu.buttons[0].args[0]["visible"])
    assert sum(trace.visible for trace in timing.data) < len(timing.data) / 2
    speed = next(iter(found.values()))
    assert speed.layout.title.text.startswith("advertising")
    assert speed.layout.template.layout.paper_bgcolor == "#ffffff"


def test_a_history_is_given_by_runs_or_paths(tmp_path: Path) -> None:
    paths = over_time(tmp_path, 3, slower_from=99)
    run = load_run(paths[0])
    assert not any(name.startswith("history") for name in run.figures())
    found = [run.figures(given) for given in (paths, [load_run(path) for path in paths])]
    assert [name for name in found[0] if name.startswith("history")] == [
        "history-linear-time", "history-linear-correct-digits",
    ]  # fmt: skip
    assert found[0] == found[1]


def test_without_plotly_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = load_run(every_end(tmp_path).path)
    monkeypatch.setitem(sys.modules, "plotly.graph_objects", None)
    with pytest.raises(LinbenchError, match=r"figures need plotly.*install 'linbench\[report\]'") as caught:
        run.figures()
    assert "\n" not in str(caught.value)


class Tags(HTMLParser):
    """The tags and the words of a piece of HTML."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        assert {name for name, _ in attrs} <= {"class", "scope", "data-sort"}

    def handle_data(self, data: str) -> None:
        self.words += data + "\n"


def test_a_run_shows_itself_as_a_table_in_which_names_do_nothing(tmp_path: Path) -> None:
    run = load_run(hostile(tmp_path).path)
    page = Tags(run._repr_html_())
    assert page.tags == {"p", "b", "table", "caption", "thead", "tbody", "tr", "th", "td", "ul", "li", "wbr"}
    assert NASTY in page.words
    assert run.id in page.words
    assert f"error: {NASTY}" in page.words
