"""What all formats have in common, whichever there are."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness.errors import NothingToShow, UnknownName, UsageError
from harness.exports.base import Format, Outcome, export, find, names
from harness.results import Run

EVERY = ["asv", "bencher", "csv", "github-action", "junit", "parquet", "pytest-benchmark"]


def test_a_file_is_a_format() -> None:
    assert names() == EVERY


@pytest.mark.parametrize("name", EVERY)
def test_a_format_has_a_description_and_one_way_to_be_made(name: str) -> None:
    chosen = find(name)
    assert chosen.description
    assert (chosen.text is None) != (chosen.write is None)


def test_a_wrong_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match="did you mean 'pytest-benchmark'"):
        find("pytest_benchmark")


@pytest.mark.parametrize("name", EVERY)
def test_exporting_twice_gives_the_same_and_changes_nothing(run: Run, tmp_path: Path, name: str) -> None:
    before = run.path.read_bytes()
    written = [_written(run, name, tmp_path / f"out{i}") for i in range(2)]
    assert written[0] == written[1] != {}
    assert run.path.read_bytes() == before


def _written(run: Run, name: str, target: Path) -> dict[str, bytes]:
    assert export(run, name, target) is None
    files = [target] if target.is_file() else [each for each in target.rglob("*") if each.is_file()]
    return {str(each.relative_to(target)): each.read_bytes() for each in files}


@pytest.mark.parametrize("name", [name for name in EVERY if find(name).text])
def test_a_file_holds_what_the_text_says(run: Run, tmp_path: Path, name: str) -> None:
    target = tmp_path / "out"
    text = export(run, name)
    assert export(run, name, target) is None
    assert target.read_bytes().decode() == text


@pytest.mark.parametrize("name", EVERY)
def test_a_target_that_cannot_be_written_is_named(run: Run, tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UsageError, match="file/out: cannot be written"):
        export(run, name, tmp_path / "file" / "out")


@pytest.mark.parametrize("name", ["asv", "parquet"])
def test_what_is_written_needs_a_place(run: Run, name: str) -> None:
    with pytest.raises(UsageError, match="give --out"):
        export(run, name)


@pytest.mark.parametrize("name", [name for name in EVERY if name != "junit"])
def test_a_check_can_be_shown_by_junit_alone(run: Run, tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="cannot show a check; only junit can"):
        export(run, name, tmp_path / "out", [Outcome("a", "worse")])


@pytest.mark.parametrize("name", ["bencher", "github-action", "pytest-benchmark"])
def test_nothing_with_a_time_is_said_rather_than_an_empty_file(
    hopeless: Run, empty: Run, tmp_path: Path, name: str
) -> None:
    with pytest.raises(NothingToShow, match="crashed, missing"):
        export(hopeless, name, tmp_path / "out")
    with pytest.raises(NothingToShow, match="nothing measured"):
        export(empty, name)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["asv", "parquet"])
def test_nothing_measured_is_said_where_failures_can_be_shown(
    hopeless: Run, empty: Run, tmp_path: Path, name: str
) -> None:
    assert _written(hopeless, name, tmp_path / "hopeless")
    with pytest.raises(NothingToShow, match="nothing was measured"):
        export(empty, name, tmp_path / "empty")
    assert not (tmp_path / "empty").exists()


def test_a_format_that_can_do_nothing_is_its_authors_mistake(run: Run, monkeypatch: Any) -> None:
    monkeypatch.setattr("harness.exports.base.import_module", lambda _: SimpleNamespace(FORMAT=Format("nothing")))
    with pytest.raises(Exception, match="neither text nor write"):
        export(run, "csv")
