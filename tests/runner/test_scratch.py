"""Whose folder of arrays is removed: a killed run's of the same user, and nobody else's."""

import fcntl
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from harness.runner.scratch import MARKER, PREFIX, scratch_folder

HOLD = """
import fcntl, sys
file = open(sys.argv[1])
fcntl.flock(file, fcntl.LOCK_EX)
print(flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def _own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def left_behind(tmp_path: Path, name: str, *, marker: bool = True) -> Path:
    folder = tmp_path / name
    folder.mkdir()
    (folder / "0-X.npy").write_bytes(b"x")
    if marker:
        (folder / MARKER).touch()
    return folder


def test_what_a_killed_run_left_is_removed(tmp_path: Path) -> None:
    folder = left_behind(tmp_path, f"{PREFIX}abc")
    with scratch_folder() as mine:
        assert not folder.exists()
        assert mine.is_dir()
    assert not mine.exists()


def test_a_live_runs_folder_stays_whatever_its_number(tmp_path: Path) -> None:
    with scratch_folder() as other, scratch_folder() as mine:
        assert other.is_dir()
        assert other != mine


def test_a_folder_that_another_process_holds_stays(tmp_path: Path) -> None:
    folder = left_behind(tmp_path, f"{PREFIX}abc")
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder / MARKER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout is not None
    holder.stdout.readline()
    with scratch_folder():
        assert folder.exists()
    holder.communicate()
    with scratch_folder():
        assert not folder.exists()


def test_what_is_no_folder_of_a_run_stays(tmp_path: Path) -> None:
    kept = [left_behind(tmp_path, f"{PREFIX}unmarked", marker=False), left_behind(tmp_path, "linbench-1-elsewhere")]
    target = left_behind(tmp_path, "target")
    (tmp_path / f"{PREFIX}link").symlink_to(target)
    linked = left_behind(tmp_path, f"{PREFIX}linked", marker=False)
    (linked / MARKER).symlink_to(target / MARKER)
    with scratch_folder():
        pass
    assert all(each.exists() for each in (*kept, target, linked))


def test_another_users_folder_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = left_behind(tmp_path, f"{PREFIX}abc")
    monkeypatch.setattr("os.getuid", lambda: 4711)
    with scratch_folder():
        assert folder.exists()


def test_the_marker_is_locked_as_soon_as_it_is_there() -> None:
    with scratch_folder() as mine, (mine / MARKER).open() as file, pytest.raises(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
