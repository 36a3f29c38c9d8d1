"""Rows on disk that outlive their run: taken up where they are the very same, and removed in time."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness import kept, passes
from harness.config import Case, Component, Plan
from harness.datasets.base import Dataset
from harness.datasets.csv import Csv
from harness.datasets.normal import Normal
from harness.loader import on_disk
from harness.passes import Tell, untold
from harness.results import load_run
from harness.runner import kept_rows as module
from harness.runner.executor import Failure, Lost
from harness.runner.kept_rows import DAYS, KeptRows, kept_rows, key_of, left_behind
from harness.runner.measurer import Measurer
from harness.runner.problems import PreparedProblem, ProblemStore
from harness.runner.protocol import Loaded
from tests.runner.test_scratch import HOLD
from tests.support.clusters import kill, run_file, start, until
from tests.support.scripted import DirectLoader, Watcher, case

PLAN = Plan(data="disk")
ROWS = Normal(n_samples=9000, n_features=2, scale="standard", test_size=0.25)


def on(dataset: Dataset, **changes: Any) -> Case:
    found = Case(Component(type(dataset).__name__.lower(), dataset), case("a").backend, "cpu", "float64")
    return replace(found, **changes)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where rows are kept: a place of each test's own."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path / f"linbench-rows-{os.getuid()}"


@pytest.fixture(autouse=True)
def _every_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(on_disk, "_rows_of_block", lambda columns: 8192)
    monkeypatch.setattr(kept, "EVERY", 0.0)
    monkeypatch.setattr(passes, "EVERY", 0.0)


class Telling:
    """Told what is being done; interrupted, as by Ctrl-C, once it has heard so many lines that begin so."""

    def __init__(self, what: str = "", times: int = 1) -> None:
        self._what, self._left = what, times
        self.heard: list[str] = []

    def __call__(self, line: str) -> None:
        self.heard.append(line.partition(",")[0])
        self._left -= bool(self._what) and line.startswith(self._what)
        if self._what and not self._left:
            raise KeyboardInterrupt

    def passes(self) -> list[str]:
        return [*dict.fromkeys(self.heard)]


def folders(home: Path) -> list[Path]:
    return [each for each in home.iterdir() if each.is_dir()]


def run(tmp_path: Path, asked: Case, tell: Telling, loader: DirectLoader | None = None) -> PreparedProblem:
    """A run that prepares the case's problem, and ends."""
    scratch = Path(tempfile.mkdtemp(dir=tmp_path))
    with kept_rows(PLAN) as rows:
        store = ProblemStore(scratch, tmp_path / "references", loader or DirectLoader(PLAN), tell, rows)
        found = store.problem(asked)
        assert (found.problem.X.flags.writeable, found.unchanged()) == (False, True)
        return found


@pytest.fixture
def whole(tmp_path: Path, home: Path) -> PreparedProblem:
    found = run(tmp_path, on(ROWS), Telling())
    assert folders(home) == []
    return found


LAST = ["fingerprint", "exact sums", "attainable digits", "checksum"]
SCALED = ["scaled rows to disk", "test rows to disk", *LAST]


@pytest.mark.parametrize(
    ("what", "again"),
    [
        ("rows to disk", ["rows to disk", "ranges of columns", "exact means and deviations", *SCALED]),
        ("scaled rows to disk", SCALED),
        ("fingerprint", LAST),
        ("attainable digits", ["attainable digits", "checking the cached answer", "checksum"]),
        ("checksum", ["checking the cached answer", "checksum"]),
    ],
)
def test_a_run_that_is_interrupted_leaves_what_the_next_goes_on_with(
    tmp_path: Path, home: Path, what: str, again: list[str], whole: PreparedProblem
) -> None:
    for path in (tmp_path / "references").iterdir():
        path.unlink()
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, on(ROWS), Telling(what))
    assert len(folders(home)) == 1
    left = left_behind()
    assert left is not None
    assert left[0] == home
    assert left[1] > 0
    tell = Telling()
    found = run(tmp_path, on(ROWS), tell)
    assert tell.passes() == again
    assert found.record == whole.record
    assert found.checksums == whole.checksums
    np.testing.assert_array_equal(found.problem.X, whole.problem.X)
    assert folders(home) == []
    assert left_behind() is None


def test_rows_that_were_whole_are_not_written_again(
    tmp_path: Path, whole: PreparedProblem, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = KeptRows(PLAN, whole.files["X"].parent.parent)
    store = ProblemStore(tmp_path, tmp_path / "references", DirectLoader(PLAN), untold, rows)
    inodes = [store.problem(on(ROWS)).files[name].stat().st_ino for name in ("X", "y", "X_test", "y_test")]
    rows.end(interrupted=True)
    monkeypatch.setattr(Normal, "blocks", lambda self: pytest.fail("the rows are there"))
    with kept_rows(PLAN) as rows:
        tell = Telling()
        found = ProblemStore(tmp_path, tmp_path / "references", DirectLoader(PLAN), tell, rows).problem(on(ROWS))
        assert tell.passes() == ["checking the cached answer"]
        assert [found.files[name].stat().st_ino for name in ("X", "y", "X_test", "y_test")] == inodes
        assert found.record == whole.record
        assert found.certified == whole.certified
        assert found.unchanged()


def test_whole_rows_that_were_written_to_are_made_again(tmp_path: Path, home: Path, whole: PreparedProblem) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, on(ROWS), Telling("checksum"))
    (path,) = home.glob("*/y.npy")
    path.chmod(0o600)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    tell = Telling()
    assert run(tmp_path, on(ROWS), tell).record == whole.record
    assert "rows to disk" in tell.passes()


class Limited(DirectLoader):
    """Loses its process in the middle of a pass."""

    def load(self, case: Case, files: dict[str, Path], tell: Tell = untold, kept: Path | None = None) -> Loaded:
        try:
            return super().load(case, files, Telling("scaled rows"), kept)
        except KeyboardInterrupt:
            raise Lost("timeout", "too late") from None


def test_rows_that_a_limit_cut_off_outlive_the_run(tmp_path: Path, home: Path, whole: PreparedProblem) -> None:
    with kept_rows(PLAN) as rows, pytest.raises(Lost):
        ProblemStore(tmp_path, tmp_path / "references", Limited(PLAN), untold, rows).problem(on(ROWS))
    assert len(folders(home)) == 1
    tell = Telling()
    assert run(tmp_path, on(ROWS), tell).record == whole.record
    assert "rows to disk" not in tell.passes()


@pytest.mark.parametrize("interrupted", [True, False])
def test_a_host_lets_go_of_its_rows_as_it_is_told(
    interrupted: bool, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LINBENCH_CACHE", str(tmp_path))
    measurer = Measurer(PLAN, [], Watcher(), loaders=DirectLoader)
    measurer._problems.problem(on(ROWS))
    measurer.close(interrupted=interrupted)
    assert len(folders(home)) == interrupted


def test_rows_that_nothing_is_known_of_are_removed(tmp_path: Path, home: Path) -> None:
    with kept_rows(PLAN) as rows:
        folder = rows.folder(on(ROWS))
        assert folder is not None
        (folder / "X.npy").touch()
        rows.end(interrupted=True)
        assert folders(home) == []


class Refusing(DirectLoader):
    """Has data that cannot be made ready."""

    def load(self, case: Case, files: dict[str, Path], tell: Tell = untold, kept: Path | None = None) -> Loaded:
        files["X"].touch()
        raise Failure("error", "no rows left to fit")


def test_rows_that_cannot_be_made_ready_are_removed_at_once(tmp_path: Path, home: Path) -> None:
    with kept_rows(PLAN) as rows, pytest.raises(Failure):
        ProblemStore(tmp_path, tmp_path / "references", Refusing(PLAN), untold, rows).problem(on(ROWS))
    assert folders(home) == []


def test_problems_that_are_made_anew_have_other_files(tmp_path: Path, home: Path) -> None:
    with kept_rows(PLAN) as rows:
        store = ProblemStore(tmp_path, tmp_path / "references", DirectLoader(PLAN), untold, rows)
        first = store.problem(on(ROWS))
        first.files["y"].chmod(0o600)
        again = store.problem(on(ROWS))
        assert again.files["y"] != first.files["y"]
        assert again.record == first.record
    assert folders(home) == []


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "d.csv"
    path.write_text("a,y\n1,2\n")
    return path


def keys(*cases: Case, plan: Plan = PLAN) -> list[str | None]:
    return [key_of(each, plan) for each in cases]


def test_other_options_versions_or_boots_have_other_folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked = on(ROWS)
    found = keys(
        asked,
        on(replace(ROWS, seed=1)),
        on(replace(ROWS, test_size=0.5)),
        on(replace(ROWS, scale="minmax")),
        on(ROWS, dtype="float32"),
        replace(asked, dataset=Component("normal", ROWS, "called")),
    )
    found += keys(asked, plan=Plan(data="disk", threads=2))
    monkeypatch.setenv("OPENBLAS_CORETYPE", "an odd one")
    found += keys(asked)
    changes: dict[str, Any] = {
        "__version__": "0", "installed_version": lambda name: "0", "BOOT": tmp_path / "none", "stamp": lambda path: ()
    }  # fmt: skip
    for name, other in changes.items():
        monkeypatch.setattr(module, name, other)
        found += keys(asked)
    monkeypatch.setattr(kept, "FORMAT", kept.FORMAT + 1)
    found += keys(asked)
    assert None not in found
    assert len({*found}) == len(found)


def test_the_key_is_the_same_while_nothing_changes(file: Path) -> None:
    for asked in (on(ROWS), on(Csv(path=str(file), target="y"))):
        assert key_of(asked, PLAN) == key_of(asked, Plan(data="disk", limit=7.0, rounds=3))


def test_a_file_that_was_written_to_has_another_folder(file: Path) -> None:
    asked = on(Csv(path=str(file), target="y"))
    (before,) = keys(asked)
    about = file.stat()
    file.write_text("a,y\n1,3\n")
    os.utime(file, ns=(about.st_atime_ns, about.st_mtime_ns))
    (written,) = keys(asked)
    os.utime(file, ns=(0, 0))
    assert len({before, written, *keys(asked)}) == 3


def test_what_is_made_in_memory_or_asked_of_a_query_has_none(file: Path) -> None:
    assert keys(on(ROWS), plan=Plan()) == [None]
    assert keys(on(ROWS), plan=Plan(data="memory")) == [None]
    assert keys(on(Csv(path="SELECT 1 AS a, 2 AS y", target="y"))) == [None]


@pytest.fixture
def left(tmp_path: Path, home: Path) -> Path:
    """What an interrupted run left."""
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, on(ROWS), Telling("scaled"))
    (folder,) = folders(home)
    return folder


def aged(folder: Path, days: float) -> None:
    about = folder.stat()
    os.utime(folder, (about.st_atime, about.st_mtime - days * 86400))


def test_the_first_run_some_days_later_removes_what_is_left(left: Path) -> None:
    aged(left, DAYS - 0.01)
    with kept_rows(PLAN):
        assert left.exists()
    aged(left, 0.02)
    with kept_rows(PLAN):
        assert not left.exists()


def test_what_is_left_gives_way_where_the_room_is_needed(left: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with kept_rows(PLAN) as rows:
        rows.folder(on(replace(ROWS, seed=1)))
        assert left.exists()
        monkeypatch.setattr(module, "room_for", lambda dataset: 1 << 62)
        rows.folder(on(replace(ROWS, seed=2)))
        assert not left.exists()


@pytest.fixture
def holder(left: Path) -> Iterator[None]:
    """Another process that has the folder."""
    words = [sys.executable, "-c", HOLD, str(left / module.RUN_LOCK)]
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    yield
    process.communicate()


@pytest.mark.usefixtures("holder")
def test_a_folder_that_another_run_has_is_neither_used_nor_removed(left: Path) -> None:
    aged(left, 2 * DAYS)
    with kept_rows(PLAN) as rows:
        assert rows.folder(on(ROWS)) is None
    assert left.exists()


@pytest.mark.parametrize("fault", ["open to all", "a link", "another user's"])
def test_a_place_that_others_may_write_to_is_not_used(
    fault: str, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if fault == "a link":
        (tmp_path / "there").mkdir(mode=0o700)
        home.symlink_to(tmp_path / "there")
    elif fault == "open to all":
        home.mkdir()
        home.chmod(0o777)
    else:
        home.mkdir(mode=0o700)
        monkeypatch.setattr(os, "getuid", iter([os.getuid(), 4711]).__next__)
    with kept_rows(PLAN) as rows:
        assert rows.folder(on(ROWS)) is None


def test_without_a_place_nothing_is_kept() -> None:
    assert KeptRows(PLAN).folder(on(ROWS)) is None


SUITE = """
name = "large"
[plan]
data = "disk"
seconds = 0.01
[[dataset]]
use = "normal"
n_samples = 3_000_000
n_features = 1
scale = "minmax"
test_size = 0.1
[[backend]]
use = "numpy_lstsq"
"""


def data_of(folder: Path) -> str:
    path = run_file(folder)
    assert path is not None
    (problem,) = load_run(path).problems
    return problem.data


@pytest.mark.slow
def test_a_run_that_is_interrupted_and_then_killed_goes_on_in_the_same_files(tmp_path: Path, home: Path) -> None:
    (tmp_path / "large.toml").write_text(SUITE)
    interrupted = start(tmp_path, "harness", "run", "large.toml", log="said", TMPDIR=str(tmp_path))
    until(lambda: [*home.glob("*/rows.json")])
    interrupted.send_signal(signal.SIGINT)
    assert interrupted.wait(60) == 130
    assert f" of rows stay in {home} for that; a later run removes them after 3 days" in (tmp_path / "said").read_text()
    (rows,) = home.glob("*/X.whole.npy")
    witness = tmp_path / "witness"
    witness.hardlink_to(rows)
    before = witness.stat().st_size
    killed = start(tmp_path, "harness", "run", "large.toml", "--resume", TMPDIR=str(tmp_path))
    until(lambda: [*home.glob("*/X.json")])
    kill(killed)
    assert witness.samefile(rows), "the file is not made anew"
    assert witness.stat().st_size >= before
    assert start(tmp_path, "harness", "run", "large.toml", "--resume", TMPDIR=str(tmp_path)).wait(120) == 0
    assert folders(home) == []
    whole = tmp_path / "whole"
    whole.mkdir()
    (whole / "large.toml").write_text(SUITE)
    assert start(whole, "harness", "run", "large.toml", TMPDIR=str(whole)).wait(120) == 0
    assert data_of(tmp_path) == data_of(whole)
