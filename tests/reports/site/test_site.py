"""Pages over many runs: whole, offline, harmless, and honest about what differs."""

import gzip
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.errors import LinbenchError, NothingToShow
from harness.machine import Host, Machine
from harness.reports.site import build_site
from harness.reports.site.views import MOST_COMPARED, Entry, PairView, suites
from harness.results import load_run
from tests.conftest import Linbench
from tests.support.runs import measured, write_run

RNG = np.random.default_rng(0)
NASTY = "<script>alert(1)<∕script>"


def line(case: str = "d/ols/cpu/float64", digits: float = 15.0, verdict: str = "best_possible", **more: Any) -> Any:
    known = {"digits": digits, "verdict": verdict, "error_in_se": 1e-9, "measured_in": "standard errors"}
    return measured(RNG, case, scores=known, samples=5, **more)


def run_at(folder: Path, hours: float, *lines: Any, machine: str = "one", **header: Any) -> Path:
    there = Machine(id=machine, cpu=f"{machine} processor", cores=2)
    return write_run(folder, hours, list(lines) or [line()], machine=there, **header)


def entry(path: Path) -> Entry:
    return Entry(load_run(path), path.stat().st_size)


class Links(HTMLParser):
    """What a page refers to, and its words."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.scripts = 0
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name in ("href", "src") and value]
        self.scripts += tag == "script"

    def handle_data(self, data: str) -> None:
        self.words += data


def test_every_link_leads_somewhere_within(tmp_path: Path) -> None:
    paths = [run_at(tmp_path / "runs", hours, machine=name) for hours, name in ((0, "one"), (1, "two"), (2, "one"))]
    paths[1].with_suffix(".jsonl.gz").write_bytes(gzip.compress(paths[1].read_bytes()))
    paths[1] = paths[1].with_suffix(".jsonl.gz")
    page = build_site(paths, tmp_path / "site")
    for each in page.parent.rglob("*.html"):
        text = each.read_text()
        for link in Links(text).found:
            name, _, anchor = link.partition("#")
            assert "://" not in link
            target = (each.parent / name).resolve() if name else each
            assert target.is_file(), link
            if anchor and target.suffix == ".html":
                assert f'id="{anchor}"' in target.read_text(), link
    assert {path.read_bytes() for path in (page.parent / "data").iterdir()} == {path.read_bytes() for path in paths}


def test_the_first_page_has_the_newest_run_of_each_suite(tmp_path: Path) -> None:
    old = run_at(tmp_path / "runs", 0, line(digits=3.0))
    new = run_at(
        tmp_path / "runs", 48, line("d/ols/cpu/float64"), line("d/lost/cpu/float64", status="crashed", reason="boom")
    )
    words = Links(build_site([new, old], tmp_path / "site").read_text()).words
    assert "Measured 2026-01-03 on one processor, 2 cores (one)" in words
    assert "linbench run speed --rounds 1 --threads 1 --contribute" in words
    assert "crashed" in words
    assert "boom" in words
    assert words.index("2026-01-03 00:00") < words.index("2026-01-01 00:00")


def test_the_suite_with_the_most_surprising_finding_comes_first(tmp_path: Path) -> None:
    good = run_at(tmp_path / "runs", 0, suite="a", run="a")
    bad = run_at(tmp_path / "runs", 1, line(digits=0.0, verdict="wrong"), suite="b", run="b")
    assert [suite.name for suite in suites([entry(good), entry(bad)])] == ["b", "a"]
    words = Links(build_site([good, bad], tmp_path / "site").read_text()).words
    assert "2 runs of 2 suites on 1 machine, the newest of 2026-01-01." in words


def test_each_machine_has_its_newest_run(tmp_path: Path) -> None:
    entries = [entry(run_at(tmp_path, hours, machine=name)) for hours, name in enumerate(["one", "two", "one", "two"])]
    (suite,) = suites(entries)
    assert suite.newest_by_machine == [entries[3], entries[2]]


def test_two_runs_say_how_their_machines_differ_and_what_changed(tmp_path: Path) -> None:
    old = entry(run_at(tmp_path, 0, line(), line("d/b/cpu/float64")))
    new = entry(run_at(tmp_path, 1, line(digits=6.0, verdict="harmless"), machine="two", load=(1.0, 0.5, 0.2)))
    pair = PairView(old, new)
    assert not pair.same_machine
    facts = {each.name: (each.old, each.new) for each in pair.facts}
    assert facts["Processor"] == ("one processor, 2 cores", "two processor, 2 cores")
    assert facts["Load when it began"] == ("", "1 0.5 0.2")
    assert "Memory" not in facts
    assert ["Load when it began", "–", "1 0.5 0.2"] in [[cell.text for cell in row] for row in pair.facts_table.rows]
    rows = [[cell.text for cell in row] for row in pair.table.rows]
    assert [row[:4] for row in rows] == [
        ["ols", "worse", "best possible → harmless", "15.0 → 6.0"],
        ["b", "gone", "best possible → –", "15.0 → –"],
    ]


def test_every_pair_of_the_newest_is_compared_and_older_ones_with_the_newest(tmp_path: Path) -> None:
    entries = [entry(run_at(tmp_path, hours)) for hours in range(MOST_COMPARED + 2)]
    (suite,) = suites(entries)
    assert suite.newest is entries[-1]
    assert len(suite.pairs) == MOST_COMPARED * (MOST_COMPARED - 1) // 2 + 2
    assert all(old.run.header.started < new.run.header.started for old, new in suite.pairs)


def test_names_from_outside_are_text(tmp_path: Path) -> None:
    plain = build_site([run_at(tmp_path / "a", 0), run_at(tmp_path / "a", 1)], tmp_path / "plain")
    nasty = [line(f"{NASTY}/{NASTY}/cpu/float64", status="error", reason=NASTY)]
    paths = [run_at(tmp_path / "b", hours, *nasty, machine=NASTY) for hours in (0, 1)]
    page = build_site(paths, tmp_path / "site")
    for each in page.parent.rglob("*.html"):
        like = plain.parent / each.relative_to(page.parent)
        assert "<script>alert" not in each.read_text()
        if like.name == "index.html":
            assert Links(each.read_text()).scripts == Links(like.read_text()).scripts


def test_what_cannot_be_shown_is_one_line(tmp_path: Path, in_process: Linbench) -> None:
    path = run_at(tmp_path / "results/published", 0)
    with pytest.raises(NothingToShow, match="no run file"):
        build_site([], tmp_path / "site")
    with pytest.raises(LinbenchError, match="given twice"):
        build_site([path, path], tmp_path / "site")
    assert in_process("site", tmp_path / "nothing.jsonl").code == 4
    done = in_process("site", "--out", tmp_path / "site")
    assert done.code == 0, done.err
    assert done.out.strip() == str(tmp_path / "site/index.html")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.tex").write_text("years of work")
    assert "thesis.tex" in in_process("site", "--out", tmp_path / "mine").err


def test_a_run_on_several_machines_is_shown_by_the_machine_that_each_case_was_measured_on(tmp_path: Path) -> None:
    hosts = [Host(machine=Machine(id=each * 6, cpu=f"{each} processor", cores=2)) for each in "ab"]
    lines = [line("d/ols/cpu/float64", host=hosts[0]), line("d/lost/cpu/float64", status="crashed", host=hosts[1])]
    path = run_at(tmp_path / "runs", 0, *lines)
    (suite,) = suites([entry(path)])
    one, two = "a processor, 2 cores (aaaaaa)", "b processor, 2 cores (bbbbbb)"
    assert [(each.machine, len(each.run.rows), each.failed) for each in suite.newest_by_machine] == [
        (f"{one}; {two}", 2, 1),
        (one, 1, 0),
        (two, 1, 1),
    ]
    words = build_site([path], tmp_path / "site").read_text()
    assert "one processor" not in words, "it was begun there, and measured nothing"
    assert words.count('<tr data-machine="') == 2
    assert "all 2</option>" in words
