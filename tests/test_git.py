"""Nothing that a repository configures is run when linbench asks git about it."""

import subprocess
from pathlib import Path

import pytest

from harness.errors import LinbenchError
from harness.git import git
from harness.machine import commit_of


@pytest.fixture
def hostile(tmp_path: Path) -> tuple[Path, Path]:
    """A repository in which a hook, a file system monitor, every filter and a signer leave a mark when they run."""
    repository, mark = tmp_path / "repository", tmp_path / "mark"
    repository.mkdir()

    def plain(*words: str) -> None:
        subprocess.run(["git", "-C", str(repository), *words], check=True, capture_output=True)

    plain("init", "--quiet")
    plain("config", "user.email", "a@example.org")
    plain("config", "user.name", "A")
    (repository / "file").write_text("one\n")
    (repository / ".gitattributes").write_text("file filter=evil\n")
    plain("add", "--all")
    plain("commit", "--quiet", "--message", "first")
    script = tmp_path / "evil"
    script.write_text(f"#!/bin/sh\necho run >> {mark}\ncat\n")
    script.chmod(0o755)
    for key in ("core.fsmonitor", "filter.evil.clean", "filter.evil.smudge", "gpg.program"):
        plain("config", key, str(script))
    plain("config", "filter.evil.required", "true")
    plain("config", "log.showSignature", "true")
    for hook in ("post-checkout", "post-index-change", "reference-transaction"):
        (repository / ".git" / "hooks" / hook).write_text(script.read_text())
        (repository / ".git" / "hooks" / hook).chmod(0o755)
    (repository / "file").write_text("two\n")
    return repository, mark


def test_what_a_repository_configures_does_not_run(hostile: tuple[Path, Path], tmp_path: Path) -> None:
    repository, mark = hostile
    commit = commit_of(repository)
    assert commit is not None
    assert commit.dirty
    done = git(repository, "worktree", "add", "--detach", "--quiet", str(tmp_path / "tree"), commit.id)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "tree" / "file").read_text() == "one\n"
    assert not mark.exists()


def test_the_trap_works(hostile: tuple[Path, Path]) -> None:
    """Asked plainly, git does run it: the test above can fail."""
    repository, mark = hostile
    subprocess.run(["git", "-C", str(repository), "status"], check=False, capture_output=True)
    assert mark.exists()


def test_outside_of_a_repository_there_is_no_commit(tmp_path: Path) -> None:
    assert commit_of(tmp_path) is None


def test_without_git_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LinbenchError, match="git is not installed"):
        git(tmp_path, "status")
    assert commit_of(tmp_path) is None


def test_a_carriage_return_is_no_end_of_a_line(hostile: tuple[Path, Path]) -> None:
    """As text, Python would make two lines of a subject that holds one."""
    repository, _ = hostile
    words = ("git", "-C", str(repository), "-c", "core.hooksPath=/dev/null")
    subprocess.run([*words, "commit", "--quiet", "--all", "--message", "one\rtwo"], check=True, capture_output=True)
    assert git(repository, "log", "-1", "--format=%s").stdout == "one\rtwo\n"
