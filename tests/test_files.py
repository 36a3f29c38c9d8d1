"""What somebody else may have put into a cache or beside a file is not followed, truncated or believed."""

import errno
import os
from pathlib import Path

import pytest

from harness.files import is_file_name, open_lock, read_own, write_whole


def test_a_lock_that_is_a_link_truncates_nothing(tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.write_text("mine")
    (tmp_path / "lock").symlink_to(target)
    with pytest.raises(OSError, match="symbolic link") as caught:
        open_lock(tmp_path / "lock")
    assert caught.value.errno == errno.ELOOP
    assert target.read_text() == "mine"
    os.close(open_lock(target))
    assert target.read_text() == "mine"


def test_only_plain_files_of_ones_own_are_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"here")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    os.mkfifo(tmp_path / "fifo")
    assert read_own(tmp_path / "file") == b"here"
    for name in ("link", "fifo", "absent"):
        with pytest.raises(OSError, match=name):
            read_own(tmp_path / name)


def test_another_users_file_is_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_bytes(b"theirs")
    os.chown(tmp_path / "file", 12345, -1) if os.geteuid() == 0 else monkeypatch.setattr(os, "geteuid", lambda: 12345)
    with pytest.raises(PermissionError, match="not a plain file of this user's"):
        read_own(tmp_path / "file")


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    write_whole(path, b"old")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, b"new")
    assert [(each.name, each.read_bytes()) for each in tmp_path.iterdir()] == [("file", b"old")]


def test_a_file_name_stays_in_its_folder() -> None:
    assert all(map(is_file_name, ("speed", "20260101T000000Z-speed-0000", "a:b@c".replace("@", "-"))))
    assert not any(map(is_file_name, ("", ".", "..", "../a", "a/b", "a\0", "-a", "a..b", "a" * 300)))
