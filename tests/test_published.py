"""The numbers of the pages about engines are those of the published runs."""

import itertools
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from typer.testing import CliRunner

from harness.cli import app
from harness.reports.sheets.agreement import matrices
from harness.results import Row, load_run
from tests.benchmarks.first_in_row import beside, table
from tests.support.paths import ROOT

PUBLISHED = ROOT / "results/published"
HEADING = re.compile(r"\*\*(\S+)\*\*")
SPEED = [PUBLISHED / "speed.jsonl.gz", PUBLISHED / "speed-two-threads.jsonl.gz"]
PAGES = [PUBLISHED / "README.md", ROOT / "README.md"]


@cache
def rows() -> dict[tuple[str, str], Row]:
    """By dataset and backend, of all published runs; both suites have Gnumeric, whose answers are the same."""
    runs = [load_run(path) for path in sorted(PUBLISHED.glob("*.jsonl*"))]
    return {(row.case.dataset_label, row.case.backend_label): row for run in runs for row in run.rows}


def cells_of(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def claims(page: Path) -> Iterator[tuple[str, list[str]]]:
    """The dataset and the cells of each row of a table with the columns backend, digits, verdict, rank and why."""
    dataset, inside = "", False
    for line in page.read_text(encoding="utf-8").splitlines():
        if heading := HEADING.fullmatch(line):
            dataset = heading[1]
        inside = line.startswith("|") and (inside or cells_of(line) == ["backend", "digits", "verdict", "rank", "why"])
        if inside and not line.startswith(("| backend", "| ---")):
            yield dataset, cells_of(line)


def said(row: Row) -> list[str]:
    found, rank = row.scores.get("digits"), row.worst.rank
    verdict = str(row.scores.get("verdict")).replace("_", " ") if row.status == "ok" else row.status
    return ["–" if found is None else f"{found:.1f}", verdict, "–" if rank is None else str(rank)]


def test_the_page_in_words_says_what_the_rows_say() -> None:
    found = list(claims(PAGES[0]))
    assert len(found) > 50
    for dataset, (backend, *numbers, why) in found:
        assert numbers == said(rows()[dataset, backend]), (dataset, backend)
        assert why


def test_sentences_with_a_row_behind_them_have_its_digits() -> None:
    """``5.7 digits (`lapack_gels` on `nist_filip`)``: the number stands before the row that it is of."""
    found = re.findall(r"(\d+\.\d) digits\s\(`([^`]+)`\son\s`([^`]+)`\)", PAGES[0].read_text(encoding="utf-8"))
    assert found
    for digits, backend, dataset in found:
        assert digits == said(rows()[dataset, backend])[0], (backend, dataset)


def test_published_runs_stay_small() -> None:
    for path in PUBLISHED.glob("*.jsonl*"):
        assert path.stat().st_size < 2_500_000, path.name


def test_the_readmes_table_has_the_digits_of_the_rows() -> None:
    """Of each engine, a row; of each dataset, a column."""
    lines = PAGES[1].read_text(encoding="utf-8").splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith("| engine |"))
    _, *datasets = cells_of(lines[first])
    table = [cells_of(line) for line in itertools.takewhile(lambda line: line.startswith("|"), lines[first + 2 :])]
    assert len(table) > 4
    for engine, *digits in table:
        assert digits == [said(rows()[dataset, engine])[0] for dataset in datasets], engine


def tables_of_speed() -> list[list[list[str]]]:
    """Those of the page's part about speed: ratios, digits, and both threads side by side."""
    text = PAGES[0].read_text(encoding="utf-8").partition("## Fast, too")[2].partition("\n## ")[0]
    groups = itertools.groupby(text.splitlines(), lambda line: line.startswith("|"))
    return [[cells_of(line) for line in lines] for is_table, lines in groups if is_table]


def test_the_digits_of_the_speed_suite_are_those_of_its_runs() -> None:
    (_, *datasets), _, *backends = tables_of_speed()[1]
    assert len(datasets) > 15
    found = {(row.case.dataset_label, row.case.backend_label): row for row in load_run(SPEED[0]).rows}
    for backend, *digits in backends:
        for dataset, number in zip(datasets, digits, strict=True):
            assert number.partition(" of ")[0] == said(found[dataset, backend])[0], (dataset, backend)


def test_who_is_first_is_what_the_runs_say() -> None:
    found = [each for path in SPEED for each in beside(load_run(path))]
    assert len(found) == 36
    assert tables_of_speed()[2] == [cells_of(line) for line in table(found).splitlines()]


@pytest.mark.slow
def test_a_site_is_made_of_every_published_run(tmp_path: Path) -> None:
    """Merged runs, whose datasets' rows stand apart, and runs of sizes that no law is determined by, among them."""
    paths = sorted(PUBLISHED.glob("*.jsonl*"))
    assert len(paths) >= 7
    run = CliRunner().invoke(app, ["site", *map(str, paths), "--out", str(tmp_path / "site")], catch_exceptions=False)
    assert run.exit_code == 0
    assert len(list((tmp_path / "site").rglob("*.html"))) > len(paths)


def test_a_dataset_of_a_merged_run_is_one_whose_rows_stand_together() -> None:
    run = load_run(PUBLISHED / "engines.jsonl.gz")
    titles = [each.title for each in matrices(run)]
    assert len(titles) == len({*titles})
    filip = next(each for each in matrices(run) if each.title == "nist_filip")
    assert {"julia_solve", "r_lm"} <= {*filip.names}
