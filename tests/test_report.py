"""The report of a run: whole, offline, and harmless whatever a run holds."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import LinbenchError
from harness.reports.figures import SECONDS
from harness.reports.page import build
from harness.reports.page.embed import breakable, json_script
from harness.reports.page.overview import NUMBERS, Overview
from harness.reports.page.whole import whole_folder
from harness.results import Measurement, Run, load_run
from tests.conftest import Linbench
from tests.support.runs import measured, write_run
from tests.test_table import RUN, SCORES, run_of

NASTY = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
FORMULA = "=cmd|' /C calc'!A0"
PLOTLY = "plotly.min.js"


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def attributes(self, tag: str, name: str) -> list[str]:
        return [value for each, attrs in self.tags if each == tag and (value := attrs.get(name)) is not None]


def page_of(run: Run, folder: Path) -> tuple[str, Page]:
    text = build(run, folder, seconds=0).read_text(encoding="utf-8")
    return text, Page(text)


def whole(run: Run, **changes: object) -> Run:
    """With what the header of a real run says."""
    header = {
        **run.header,
        "started": "2026-01-01T10:00:00.000Z",
        "machine": {"cpu": "a processor", "cores": 2, "memory_bytes": 2**34},
        "plan": {"threads": 1, "rounds": 1, "seconds": 0.3},
        **changes,
    }
    return Run(run.path, header, run.measurements, None)


def test_every_row_and_reason_is_there(tmp_path: Path) -> None:
    _, page = page_of(whole(RUN), tmp_path / "page")
    words = " ".join(page.words)
    for told in (
        "fast",
        "slow",
        "lost",
        "killed by SIGSEGV",
        "2.50 ms",
        "broken off",
        "a processor, 2 cores",
        "16.0 GiB",
    ):
        assert told in words
    assert words.index("What failed") < words.index("What ran") < words.index("Fastest first")


def test_nothing_beyond_its_folder_is_asked_for(tmp_path: Path) -> None:
    text, page = page_of(whole(RUN), tmp_path / "page")
    assert not re.findall(r"https?://", text)
    asked = [*page.attributes("script", "src"), *page.attributes("link", "href")]
    assert sorted(asked) == sorted(each.name for each in (tmp_path / "page").iterdir() if each.name != "index.html")
    assert PLOTLY in asked
    (policy,) = [attrs["content"] for tag, attrs in page.tags if "http-equiv" in attrs]
    assert policy is not None
    assert policy.startswith("default-src 'none'; script-src 'self' file:;")
    assert not [attrs for _, attrs in page.tags if any(name.startswith("on") for name in attrs)]


def test_names_and_reasons_show_as_text(tmp_path: Path) -> None:
    name = NASTY.replace("/", "")
    bad = Measurement(case=f"d/{name}/cpu/float64", round=0, status="error", reason=NASTY + FORMULA)
    good = Measurement(case=f"{name}/x/cpu/float64", round=0, status="ok", seconds=(1.0,), coef=(1.0,), scores=SCORES)
    _, plain = page_of(whole(RUN), tmp_path / "plain")
    _, page = page_of(whole(run_of(bad, good)), tmp_path / "page")
    assert len(page.attributes("script", "src")) == len(plain.attributes("script", "src"))
    assert {attrs.get("type") for tag, attrs in page.tags if tag == "script" and "src" not in attrs} == {
        "application/json"
    }
    assert not [tag for tag, _ in page.tags if tag == "img"]
    assert NASTY + FORMULA in "".join(page.words)


@pytest.mark.parametrize("text", ["</script><script>", "<!--", "&amp;", "\u2028\u2029", "\x00\ud7ff", "\\u003c"])
def test_no_text_ends_the_element_that_data_stand_in(text: str) -> None:
    embedded = json_script({"text": text, "bad": [float("nan"), float("inf")]})
    assert not set(embedded) & set("<>&\u2028\u2029")
    assert json.loads(embedded) == {"text": text, "bad": [None, None]}


@given(st.text())
@settings(derandomize=True, deadline=None)
def test_a_name_may_be_broken_and_stays_what_it_is(name: str) -> None:
    made = breakable(name)
    assert html.unescape(made.replace("<wbr>", "")) == name
    assert set(re.findall(r"<[^>]*>", made)) <= {"<wbr>"}


def test_versions_are_told_by_environment(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    lines = [
        measured(rng, "d/b/cpu/float64", versions={"numpy": "2.4.6"}),
        measured(rng, "d/b/cpu/float64/old", versions={"numpy": "1.26.4", "numba": "0.60"}),
    ]
    overview = Overview(load_run(write_run(tmp_path, 0, lines)))
    assert overview.versions == {"default": "numpy 2.4.6", "old": "numba 0.60 · numpy 1.26.4"}


def test_a_run_without_a_single_number_says_so(tmp_path: Path) -> None:
    lost = Measurement(case="d/lost/cpu/float64", round=0, status="crashed", reason="boom")
    _, page = page_of(whole(run_of(lost)), tmp_path / "page")
    words = " ".join(page.words)
    assert "No row has both digits and a time." in words
    assert "Agreement needs two rows with coefficients." in words


def test_a_run_in_which_no_cell_was_reached(tmp_path: Path) -> None:
    run = whole(RUN)
    _, page = page_of(Run(run.path, run.header, (), None), tmp_path / "page")
    words = " ".join(page.words)
    assert "3 not reached" in words
    assert "No cell was reached." in words


def test_cells_that_failed_alike_are_told_once() -> None:
    lost = [Measurement(case=f"d/{i}/cpu/float64", round=0, status="crashed", reason="boom") for i in range(3)]
    other = Measurement(case="d/other/cpu/float64", round=0, status="timeout", reason="after 60 s")
    failures = Overview(whole(run_of(*lost, other))).failures
    assert [(each.status, each.reason, len(each.cases)) for each in failures] == [
        ("crashed", "boom", 3), ("timeout", "after 60 s", 1),
    ]  # fmt: skip


def test_every_column_of_numbers_is_sorted_by_them() -> None:
    (table,) = Overview(whole(RUN)).tables
    for i, (heading, left) in enumerate(table.headings):
        keys = [row[i][1] for row in table.rows]
        shown = [row[i][0] for row in table.rows]
        assert [bool(key) for key in keys] == [not left and text != "–" for text in shown], heading
        assert left or heading in NUMBERS
    at = [heading for heading, _ in table.headings].index("time, median")
    assert [float(row[at][1]) for row in table.rows if row[at][1]] == [0.001, 0.0025]


@pytest.mark.parametrize(
    ("seconds", "told"), [(2.5, "2.50 s"), (59.0, "59.0 s"), (300, "5 min"), (5400, "1.5 h")], ids=str
)
def test_how_long_it_took(seconds: float, told: str) -> None:
    run = whole(RUN)
    end = f"2026-01-01T{10 + int(seconds // 3600):02}:{int(seconds // 60) % 60:02}:{seconds % 60:06.3f}Z"
    facts = Overview(Run(run.path, run.header, run.measurements, end)).facts
    assert facts["Finished"].endswith(f"after {told}")
    assert facts["Started"] == "2026-01-01 10:00:00 UTC"


def test_a_folder_is_replaced_whole(tmp_path: Path) -> None:
    folder = tmp_path / "deep/page"
    for words in ("first", "second"):
        with whole_folder(folder, ("a",)) as fresh:
            (fresh / "a").write_text(words)
            assert not folder.exists() or (folder / "a").read_text() == "first"
        assert (folder / "a").read_text() == words
    assert [each.name for each in folder.parent.iterdir()] == ["page"]


def test_a_folder_is_left_as_it_was_when_writing_fails(tmp_path: Path) -> None:
    with whole_folder(tmp_path / "page", ("a",)) as fresh:
        (fresh / "a").write_text("first")

    def fail() -> None:
        with whole_folder(tmp_path / "page", ("a",)) as fresh:
            (fresh / "a").write_text("half")
            raise OSError(28, "No space left on device")

    with pytest.raises(LinbenchError, match="No space left on device"):
        fail()
    assert (tmp_path / "page/a").read_text() == "first"
    assert [each.name for each in tmp_path.iterdir()] == ["page"]


def test_what_somebody_else_put_there_is_never_lost(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(LinbenchError, match=r"thesis\.tex"):
        build(whole(RUN), tmp_path, seconds=0)
    assert [each.name for each in tmp_path.iterdir()] == ["thesis.tex"]


def test_the_command_names_the_page(linbench: Linbench, suite: Callable[..., Path], tmp_path: Path) -> None:
    linbench("run", suite("scratch_ols", "numpy_lstsq"))
    done = linbench("report")
    assert done.code == 0, done.err
    path = tmp_path / done.out.strip()
    assert path.is_file()
    assert path.stat().st_size < 500_000
    elsewhere = linbench("report", "latest", "--out", tmp_path / "mine")
    assert elsewhere.out.strip() == str(tmp_path / "mine/index.html")
    assert (tmp_path / "mine" / PLOTLY).is_file()


def test_of_several_runs_the_last_is_reported(linbench: Linbench, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    runs = tmp_path / "results/runs"
    paths = [write_run(runs, hours, [measured(rng, samples=8)]) for hours in (0, 1, 2)]
    damaged = runs / "20250101T000000Z-speed-0000.jsonl"
    damaged.write_text("not a run\n")
    done = linbench("report", damaged, paths[2].stem, paths[0], paths[1], "--replay", "0")
    assert done.code == 0, done.err
    page = Page((tmp_path / done.out.strip()).read_text())
    assert paths[1].stem in done.out
    words = " ".join(page.words)
    assert "3 runs" in words
    assert damaged.name in words, "what could not be read is said"
    alone = Page((tmp_path / linbench("report", paths[1], "--out", tmp_path / "alone").out.strip()).read_text())
    assert "Only one run was given" in " ".join(alone.words)


def test_the_run_that_is_reported_must_be_readable(linbench: Linbench, tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_text("not a run\n")
    done = linbench("report", tmp_path / "bad.jsonl")
    assert done.code == 2
    assert "damaged" in done.err
    assert done.out == ""


def test_a_folder_that_cannot_be_written(linbench: Linbench, suite: Callable[..., Path], tmp_path: Path) -> None:
    linbench("run", suite("scratch_ols"))
    (tmp_path / "file").write_text("")
    for folder in ("file/page", "file"):
        done = linbench("report", "--out", tmp_path / folder)
        assert done.code == 2
        assert "--out" in done.err
        assert len(done.err.strip().splitlines()) == 1


def test_the_report_of_sixty_cases_is_small(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    cases = [f"data{i % 6}/backend{i // 6}/cpu/float64" for i in range(60)]
    path = write_run(
        tmp_path / "runs", 0, [measured(rng, case, round_, samples=200) for round_ in (0, 1) for case in cases]
    )
    page = build(load_run(path), tmp_path / "page")
    size = sum(each.stat().st_size for each in page.parent.iterdir() if each.name != PLOTLY)
    assert size < 6_000_000


def test_the_time_for_replays_is_the_figures_own(linbench: Linbench) -> None:
    assert f"[default: {SECONDS};" in linbench("report", "--help").out
