"""A history over the commits of a library, and known causes of its steps."""

import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.environments import EnvironmentRecord
from harness.errors import NothingToShow, StoreError, UsageError
from harness.history import Annotation, History, Series, annotate, annotations, history
from harness.history.annotations import FILE
from harness.history.steps import FEWEST, at_edges
from harness.machine import Commit
from harness.reports.feed import atom
from harness.reports.sheets.history import step_text
from harness.revisions import Library as Repository
from harness.revisions.project import distribution_of
from tests.conftest import Linbench
from tests.support.libraries import Library, Stream, compiled_files, pure_files
from tests.support.runs import CASE, VERSIONS, header, measured, write_run

PROJECT = pure_files("own-lib", "")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """Ten commits on a line, the first, fifth and tenth tagged; a branch left from the fourth."""
    made = Library(tmp_path_factory.mktemp("library") / "lib")
    stream = Stream()
    for i in range(1, 11):
        stream.commit(f"change {i}", PROJECT if i == 1 else {"notes": f"{i}\n"}, *([i - 1] if i > 1 else []))
    stream.commit("mended on a branch", {"side": "1\n"}, 4, branch="side")
    stream.write(made)
    for tag, at in (("v1.0", "main~9"), ("other-lib-1.1", "main~8"), ("1.1", "main~5"), ("own_lib-2.0rc1", "main")):
        made.git("tag", tag, at)
    return made


def ids(library: Library) -> dict[str, str]:
    told = library.git("log", "--all", "--format=%s%x00%H").splitlines()
    return dict(line.split("\0") for line in told)


def stored(folder: Path, runs: int, what: Callable[[int], dict[str, Any]], *, requires: str = "", **more: Any) -> None:
    """Hourly runs; `what` gives the changes of each, and ``requires`` those that the i-th one's environment names."""
    rng = np.random.default_rng(0)
    for i in range(runs):
        changes = {**more, **what(i)}
        first = {key: changes.pop(key) for key in ("commit", "environments") if key in changes}
        case = f"{CASE}/{first['environments'][0].name}" if "environments" in first else CASE
        write_run(folder, i, [measured(rng, case, k, **changes) for k in range(2)], **first)


def over(library: Library, folder: Path, known: tuple[Annotation, ...] = ()) -> History:
    return history(folder.glob("*.jsonl"), library=Repository(library.path), known=known)


def only(found: History) -> Series:
    (series,) = found.series
    return series


def in_checkout(library: Library, subject: str) -> dict[str, Any]:
    return {"commit": Commit(id=ids(library)[subject])}


def test_runs_of_a_checkout_stand_in_the_order_of_commits_not_of_runs(library: Library, tmp_path: Path) -> None:
    later_first = [10, 9, 8, 7, 6, 5, 4, 3, 2, 1] * 2
    stored(tmp_path, 20, lambda i: {**in_checkout(library, f"change {later_first[i]}"),
           "seconds": 1e-3 if later_first[i] < 6 else 1.2e-3})  # fmt: skip
    found = over(library, tmp_path)
    places = [point.place.subject for point in only(found).points if point.place]
    assert places == [f"change {i}" for i in range(1, 11) for _ in range(2)]
    (step,) = only(found).steps
    assert (step.before.place.subject, step.after.place.subject) == ("change 5", "change 6")  # type: ignore[union-attr]
    assert step.between == (ids(library)["change 6"],)
    assert "since " + ids(library)["change 6"][:12] + " of 2023-11-15, 'change 6' (10 runs before" in step_text(step)
    assert found.library is not None
    assert (found.library.name, len(found.library.places)) == ("own-lib", 10)
    assert only(history(tmp_path.glob("*.jsonl"))).steps != only(found).steps, (
        "in the order of runs it went up and down"
    )


def test_releases_and_pinned_commits_in_environments_are_one_case(library: Library, tmp_path: Path) -> None:
    pin = ids(library)["change 8"]
    kinds = [
        ("own-lib==1.0", "1.0", 14.0),
        ("Own_Lib==1.1", "1.1", 14.0),
        (f"own-lib @ git+https://example.org/lib@{pin}", "2.0", 9.0),
        ("own-lib>=2.0rc1", "2.0rc1", 9.0),
        ("own-lib", f"1.2.dev3+g{ids(library)['mended on a branch'][:9]}", 14.0),
    ]

    def what(i: int) -> dict[str, Any]:
        requires, version, digits = kinds[i % 5]
        return {
            "environments": (EnvironmentRecord(name=f"e{i % 5}", requires=(requires,)),),
            "versions": {**VERSIONS, "own-lib": version},
            "digits": digits,
        }

    stored(tmp_path, 10, what)
    series = only(over(library, tmp_path))
    assert series.case == CASE
    names = [point.place.name for point in series.points if point.place]
    assert names[::2] == ["1.0", "1.1", pin[:12], "2.0rc1", ids(library)["mended on a branch"][:12]]
    digits = [step for step in series.steps if step.quantity == "digits"]
    assert [(step.level_before, step.level_after) for step in digits] == [(14.0, 9.0), (9.0, 14.0)]
    assert "the last of 3 commits after 1.1" in step_text(digits[0])
    assert len(digits[0].between) == 3
    assert "commit 0" not in step_text(digits[0]), "the runs' own commits are of another repository"


def test_environments_that_differ_in_more_than_the_library_are_two_cases(library: Library, tmp_path: Path) -> None:
    stored(tmp_path, 4, lambda i: {
        "environments": (EnvironmentRecord(name=f"e{i}", requires=("own-lib==1.0", f"numpy==2.{i % 2}")),),
        "versions": {**VERSIONS, "own-lib": "1.0"},
    })  # fmt: skip
    assert [each.case for each in over(library, tmp_path).series] == [f"{CASE}/numpy==2.0", f"{CASE}/numpy==2.1"]


def test_names_of_tags_and_subjects_are_one_line_whatever_they_hold(tmp_path: Path) -> None:
    library = Library(tmp_path / "lib")
    first = library.commit("first", PROJECT)
    library.commit(f"one\u2028{first}\rtwo")
    library.git("tag", "v1.0\u2028x", first)
    library.git("tag", "1.0", first)
    runs = tmp_path / "runs"
    stored(runs, 2, lambda i: {"commit": Commit(id=library.git("rev-parse", f"HEAD~{1 - i}"))})
    found = over(library, runs).library
    assert found is not None
    assert (found.places[0].name, found.places[0].subject) == ("1.0", "first")
    assert found.places[1].subject == f"one\u2028{first}\rtwo"


def test_what_differs_between_runs_of_one_commit_is_no_step_of_the_library(library: Library, tmp_path: Path) -> None:
    at = ["change 1"] * 12 + ["change 2"] * 12
    stored(tmp_path, 24, lambda i: {**in_checkout(library, at[i]), "digits": 14.0 if i < 6 else 9.0})
    assert only(over(library, tmp_path)).steps == ()
    assert [step.quantity for step in only(history(tmp_path.glob("*.jsonl"))).steps] == ["digits"]


def test_a_version_that_is_no_commit_is_left_out_and_told(
    library: Library, tmp_path: Path, in_process: Linbench
) -> None:
    def what(i: int) -> dict[str, Any]:
        return {"versions": {**VERSIONS, "own-lib": "1.0" if i else "9.9"}}

    runs = tmp_path / "results/runs"
    stored(runs, 3, what)
    done = in_process("history", "--library", library.path, "--results", tmp_path / "results")
    assert done.code == 0, done.err
    assert "own-lib 9.9: no tag and no commit of lib" in done.out
    assert "own-lib: 1 commit, 1.0 of 2023-11-15" in done.out
    record = in_process("history", "--library", library.path, "--results", tmp_path / "results", "--format", "json")
    found = record.json()
    assert found["library"]["places"][0]["subject"] == "change 1"
    assert {point["at"]["name"] for point in found["series"][0]["points"]} == {"1.0"}


def test_bad_input_is_one_line(library: Library, tmp_path: Path, in_process: Linbench) -> None:
    results = tmp_path / "results"
    stored(results / "runs", 2, lambda i: {"versions": {**VERSIONS, "own-lib": "9.9"}})
    asked = ("history", "--results", results)
    none = in_process(*asked, "--library", library.path)
    assert (none.code, "fetch its tags: `git fetch --tags`" in none.err) == (4, True)
    stored(tmp_path / "other/runs", 2, lambda i: {})
    unused = in_process("history", "--results", tmp_path / "other", "--library", library.path)
    assert (unused.code, "no run has used own-lib" in unused.err) == (4, True)
    outside = in_process(*asked, "--library", tmp_path)
    assert (outside.code, "not inside a repository" in outside.err) == (2, True)
    alone = in_process(*asked, "--subdirectory", "x")
    assert (alone.code, "wanted --library PATH with it" in alone.err) == (2, True)
    for done in (none, unused, outside, alone):
        assert len(done.err.strip().splitlines()) == 1


def test_a_commit_of_a_hostile_run_is_only_ever_a_name(library: Library, tmp_path: Path) -> None:
    stored(tmp_path, 3, lambda i: {"commit": Commit(id="--output=/tmp/x" if i else ids(library)["change 1"])})
    assert len(only(over(library, tmp_path)).points) == 1


# Steps between places


@pytest.mark.parametrize(
    ("cuts", "places", "wanted"),
    [
        ([7], [0] * 8 + [1] * 8, [8]),
        ([7, 9], [0] * 8 + [1] * 8, [8]),
        ([6, 12], [0] * 5 + [1] * 7 + [2] * 6, [5, 12]),
        ([6], [0] * 12, []),
        ([3], [0] * 2 + [1] * 3, []),
    ],
)
def test_a_cut_moves_to_the_nearest_edge_between_places(cuts: list[int], places: list[int], wanted: list[int]) -> None:
    found = at_edges(cuts, places)
    assert found == wanted
    assert all(FEWEST <= cut <= len(places) - FEWEST for cut in found)


# Names


def test_a_librarys_name_is_read_from_its_files(tmp_path: Path) -> None:
    for name, files in {
        "own-lib": PROJECT,
        "scikit-learn": compiled_files(),
        "plain": {"setup.cfg": "[metadata]\nname = plain\n"},
        "folder": {"README": ""},
    }.items():
        folder = tmp_path / name / "folder"
        folder.mkdir(parents=True)
        for path, text in files.items():
            (folder / path).parent.mkdir(exist_ok=True)
            (folder / path).write_text(text)
        assert distribution_of(folder) == name


# Known causes


def slower(folder: Path) -> None:
    """Twenty runs, slower from the tenth on, with another NumPy."""
    stored(folder, 20, lambda i: {"seconds": 1e-3 if i < 10 else 1.2e-3,
           "versions": {**VERSIONS, "numpy": "2.4.6" if i < 10 else "2.5.0"}})  # fmt: skip


@pytest.mark.parametrize(
    ("pattern", "at", "told"),
    [
        ("", "2026-01-01", True),
        ("scratch", "numpy 2.5.0", True),
        ("linear/*", "2.5", True),
        ("", "numpy==2.5.0", True),
        ("", header(10, [CASE]).commit.id[:8], True),  # type: ignore[union-attr]
        ("other", "2026-01-01", False),
        ("", "2026-01-02", False),
        ("", "scipy 2.5.0", False),
        ("", "2.4.6", False),
        ("", "abcdef0", False),
    ],
)
def test_a_known_cause_is_told_with_the_step_that_it_means(tmp_path: Path, pattern: str, at: str, told: bool) -> None:
    slower(tmp_path)
    annotate(tmp_path, pattern, at, "BLAS has changed")
    found = history(tmp_path.glob("*.jsonl"), known=annotations(tmp_path))
    (step,) = only(found).steps
    assert step.known == (("BLAS has changed",) if told else ())
    assert ("known cause: BLAS has changed" in step_text(step)) is told
    assert ("known cause: BLAS has changed" in atom(found)) is told
    assert found.record()["series"][0]["steps"][0]["known"] == list(step.known)


def test_a_commit_between_two_measured_ones_is_a_known_cause(library: Library, tmp_path: Path) -> None:
    stored(
        tmp_path, 4, lambda i: {**in_checkout(library, ("change 2", "change 7")[i // 2]), "digits": 14.0 - 5 * (i > 1)}
    )
    known = tuple(Annotation("", ids(library)[f"change {i}"][:10], f"cause {i}") for i in (1, 2, 3, 7, 8))
    (step,) = only(over(library, tmp_path, known)).steps
    assert step.known == ("cause 3", "cause 7")
    feed = ET.fromstring(atom(over(library, tmp_path, known)).encode())
    assert "".join(feed.itertext()).count("steps of own-lib") == 1


def test_the_command_keeps_a_cause_and_shows_it(in_process: Linbench, tmp_path: Path) -> None:
    results = tmp_path / "results"
    slower(results / "runs")
    asked = ("history", "scratch", "--results", results)
    done = in_process(*asked, "--at", "numpy 2.5.0", "--reason", "BLAS has changed")
    assert done.code == 0, done.err
    assert f"kept in {results / FILE}" in done.err
    assert "known cause: BLAS has changed" in " ".join(done.out.split())
    assert "known cause: BLAS has changed" in " ".join(in_process(*asked).out.split())
    page = in_process("report", "--results", results, *(path.stem for path in (results / "runs").glob("*.jsonl")))
    assert "known cause: BLAS has changed" in Path(page.out.strip()).read_text()


@pytest.mark.parametrize("at", ["", "2026-02-31", "yesterday", "numpy >2", "abc"])
def test_a_place_that_is_none_is_refused(tmp_path: Path, at: str) -> None:
    with pytest.raises(UsageError, match="--at"):
        annotate(tmp_path, "", at, "why")
    with pytest.raises(UsageError, match="go together"):
        annotate(tmp_path, "", "2026-01-31", " ")
    assert not (tmp_path / FILE).exists()


def test_a_damaged_file_of_causes_is_named(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('[{"pattern": "", "at": "", "reason": "x"}]')
    with pytest.raises(StoreError, match=r"annotations\.json: cannot be read: .*mend it, or remove it"):
        annotations(tmp_path)


def test_no_run_at_all_is_said_before_the_library_is_read(tmp_path: Path) -> None:
    with pytest.raises(NothingToShow, match="no runs"):
        history([], library=Repository(tmp_path))
