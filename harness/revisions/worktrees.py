"""Checks out commits in temporary worktrees, apart from the user's checkout."""

import os
import re
import shutil
import signal
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from harness.errors import LinbenchError, UsageError
from harness.git import git, why_failed
from harness.machine import Commit, commit_of

OURS = re.compile(r"linbench-([0-9]+)-revisions-\w+")
"""The folder of a process's worktrees; the process id shows whether a killed process left it behind."""


@dataclass(frozen=True)
class Tree:
    """A side of a comparison: a commit that was checked out, or the backends as they are."""

    label: str
    """The name given for it, and its commit."""
    backends: Path | None
    """The folder with its ``backends`` package; None for linbench's own."""
    commit: Commit | None


@contextmanager
def worktrees(revisions: Mapping[str, str | None], folder: Path) -> Iterator[dict[str, Tree]]:
    """Check out commits within the context, and remove them when it ends for any reason.

    ``revisions`` has commits as git names them, by the name of each side, with None for linbench's own backends;
    ``folder`` is in the repository.

    Raises
    ------
    UsageError
        When the folder is in no repository, or a commit does not exist or has no ``backends``.
    """
    top = top_of(folder)
    commits = {name: None if said is None else resolved(said, top) for name, said in revisions.items()}
    _remove_stale(top)
    parent = Path(tempfile.mkdtemp(prefix=f"linbench-{os.getpid()}-revisions-")).resolve()
    try:
        yield {name: _tree(revisions[name], identity, parent / name, top) for name, identity in commits.items()}
    finally:
        with _signals_blocked():
            _remove(parent, top)


def top_of(folder: Path) -> Path:
    """The top folder of the repository that a folder is in.

    Raises
    ------
    UsageError
        When it is in none.
    """
    done = git(folder, "rev-parse", "--show-toplevel")
    if done.returncode:
        raise UsageError(f"{folder}: not inside a repository with a checkout: {why_failed(done)}; run it inside one")
    return Path(done.stdout.rstrip("\n")).resolve()


def git_output(top: Path, *words: str) -> str:
    """The output of a git command.

    Raises
    ------
    LinbenchError
        When it fails.
    """
    done = git(top, *words)
    if done.returncode:
        raise LinbenchError(f"git {words[0]} in {top}: {why_failed(done)}")
    return done.stdout


def resolved(revision: str, top: Path, option: str = "--rev") -> str:
    """The id of a commit from any name that git accepts.

    Raises
    ------
    UsageError
        When there is no such commit.
    """
    done = git(top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if done.returncode:
        advice = "give a branch, a tag or a commit's id; if the clone is shallow, fetch it first"
        raise UsageError(f"{option} {revision!r}: no such commit in {top}; {advice}")
    return done.stdout.split()[-1]


def _tree(said: str | None, identity: str | None, path: Path, top: Path) -> Tree:
    if identity is None:
        return Tree("as it is", None, commit_of(top))
    done = git(top, "worktree", "add", "--detach", "--quiet", str(path), identity)
    if done.returncode:
        raise LinbenchError(f"{said}: git cannot check it out in {path}: {why_failed(done)}")
    label = identity[:8] if identity.startswith(str(said)) else f"{said}@{identity[:8]}"
    if not (path / "backends" / "base.py").is_file():
        raise UsageError(
            f"--rev {said!r}: commit {identity[:8]} has no backends/base.py, so there is nothing to measure"
        )
    when = git(top, "log", "-1", "--format=%cI", identity).stdout.strip()
    return Tree(label, path, Commit(id=identity, time=when))


def _remove_stale(top: Path) -> None:
    """Remove worktrees left by processes that were killed."""
    for parent in {tree.parent for tree in _worktrees(top)}:
        ours = OURS.fullmatch(parent.name)
        if ours and not psutil.pid_exists(int(ours[1])):
            _remove(parent, top)


def _remove(parent: Path, top: Path) -> None:
    """Remove the worktrees in a folder only: a general prune would also remove those on an unmounted disk."""
    shutil.rmtree(parent, ignore_errors=True)
    for tree in _worktrees(top):
        if tree.parent == parent:
            git(top, "worktree", "remove", "--force", "--force", str(tree))


def _worktrees(top: Path) -> list[Path]:
    lines = git(top, "worktree", "list", "--porcelain").stdout.splitlines()
    return [Path(line.removeprefix("worktree ")) for line in lines if line.startswith("worktree ")]


@contextmanager
def _signals_blocked() -> Iterator[None]:
    """Block Ctrl-C and SIGTERM, also for git, until everything is removed."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
