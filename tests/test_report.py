"""The page of a run: whole, offline, and harmless whatever a run holds."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from harness.reports.page import build
from harness.results import Measurement, Run
from tests.conftest import Linbench
from tests.test_table import RUN, SCORES, run_of

NASTY = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


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

    def count(self, tag: str) -> int:
        return sum(1 for name, _ in self.tags if name == tag)


def page_of(run: Run, folder: Path) -> tuple[str, Page]:
    text = build(run, folder).read_text(encoding="utf-8")
    return text, Page(text)


def whole(run: Run) -> Run:
    """With what the header of a real run says."""
    machine = {"cpu": "a processor", "cores": 2, "memory_bytes": 2**34}
    return Run(
        run.path, {**run.header, "machine": machine, "plan": {"threads": 1, "rounds": 1}}, run.measurements, None
    )


def test_every_row_and_reason_is_there(tmp_path: Path) -> None:
    _, page = page_of(whole(RUN), tmp_path)
    words = " ".join(page.words)
    for name in ("fast", "slow", "lost", "killed by SIGSEGV", "2.50 ms", "broken off"):
        assert name in words
    assert page.count("circle") == 2, "a point for each row that has digits and a time"
    assert "Without a point: lost: crashed" in words


def test_nothing_is_fetched(tmp_path: Path) -> None:
    text, page = page_of(whole(RUN), tmp_path)
    assert not re.findall(r"https?://", text)
    assert not [attrs for _, attrs in page.tags if {"src", "href"} & set(attrs)]


def test_names_and_reasons_show_as_text(tmp_path: Path) -> None:
    name = NASTY.replace("/", "")
    bad = Measurement(case=f"d/{name}/cpu/float64", round=0, status="error", reason=NASTY)
    good = Measurement(case=f"{name}/x/cpu/float64", round=0, status="ok", seconds=(1.0,), coef=(1.0,), scores=SCORES)
    _, page = page_of(whole(run_of(bad, good)), tmp_path)
    assert page.count("script") == 1, "the page's own"
    assert page.count("img") == 0
    assert NASTY in "".join(page.words)


def test_a_run_without_a_single_number_says_so(tmp_path: Path) -> None:
    lost = Measurement(case="d/lost/cpu/float64", round=0, status="crashed", reason="boom")
    _, page = page_of(whole(run_of(lost)), tmp_path)
    assert "No point to draw" in " ".join(page.words)
    assert "No two backends have coefficients" in " ".join(page.words)


def test_the_command_names_the_page(linbench: Linbench, suite: Callable[..., Path], tmp_path: Path) -> None:
    linbench("run", suite("scratch_ols", "numpy_lstsq"))
    done = linbench("report")
    assert done.code == 0, done.err
    path = tmp_path / done.out.strip()
    assert path.is_file()
    assert path.stat().st_size < 100_000
    elsewhere = linbench("report", "latest", "--out", tmp_path / "mine")
    assert (tmp_path / "mine/index.html").read_bytes() == path.read_bytes()
    assert elsewhere.out.strip().endswith("mine/index.html")


def test_a_folder_that_cannot_be_written(linbench: Linbench, suite: Callable[..., Path], tmp_path: Path) -> None:
    linbench("run", suite("scratch_ols"))
    (tmp_path / "file").write_text("")
    done = linbench("report", "--out", tmp_path / "file/page")
    assert done.code == 2
    assert "--out" in done.err


@pytest.mark.parametrize("heading", ["digits", "time, median", "× fastest"])
def test_sorting_goes_by_the_number_not_its_text(heading: str, tmp_path: Path) -> None:
    _, page = page_of(whole(RUN), tmp_path)
    keys = [attrs["data-key"] for tag, attrs in page.tags if tag == "td" and attrs.get("data-key")]
    assert {"0.0025", "15.25"} <= set(keys)
