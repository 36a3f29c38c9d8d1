"""Commits checked out beside the user's checkout, in worktrees that leave nothing behind."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from harness.errors import LinbenchError, UsageError
from harness.git import git
from harness.machine import Commit, commit_of

OURS = re.compile(r"linbench-([0-9]+)-revisions-\w+")
"""The folder that holds a process's worktrees; with its process's number, as one that was killed leaves it behind."""


@dataclass(frozen=True)
class Tree:
    """A side of a comparison: a commit as it was checked out, or the backends as they are."""

    label: str
    """The name it was asked for by, and its commit."""
    backends: Path | None
    """The folder that holds its ``backends`` package; None for the one linbench itself uses."""
    commit: Commit | None


@contextmanager
def worktrees(revisions: Mapping[str, str | None], folder: Path) -> Iterator[dict[str, Tree]]:
    """Commits checked out for as long as the context lasts; whatever ends it, they are removed.

    The revisions are names with commits as git names them, None for the backends that linbench itself uses; the folder
    is one of the repository.

    Raises
    ------
    UsageError
        When it is in no repository, or there is no such commit, or it has no ``backends``.
    """
    top = top_of(folder)
    commits = {name: None if said is None else resolved(said, top) for name, said in revisions.items()}
    _remove_stale(top)
    parent = Path(tempfile.mkdtemp(prefix=f"linbench-{os.getpid()}-revisions-")).resolve()
    try:
        yield {name: _tree(revisions[name], identity, parent / name, top) for name, identity in commits.items()}
    finally:
        with _undisturbed():
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
        raise UsageError(f"{folder}: not inside a repository with a checkout: {_why(done)}; run it inside one")
    return Path(done.stdout.rstrip("\n")).resolve()


def asked(top: Path, *words: str) -> str:
    """What git answers.

    Raises
    ------
    LinbenchError
        When it fails.
    """
    done = git(top, *words)
    if done.returncode:
        raise LinbenchError(f"git {words[0]} in {top}: {_why(done)}")
    return done.stdout


def resolved(revision: str, top: Path, option: str = "--rev") -> str:
    """A commit's id from how git names it.

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
        raise LinbenchError(f"{said}: git cannot check it out in {path}: {_why(done)}")
    label = identity[:8] if identity.startswith(str(said)) else f"{said}@{identity[:8]}"
    if not (path / "backends" / "base.py").is_file():
        raise UsageError(
            f"--rev {said!r}: commit {identity[:8]} has no backends/base.py, so there is nothing to measure"
        )
    when = git(top, "log", "-1", "--format=%cI", identity).stdout.strip()
    return Tree(label, path, Commit(id=identity, time=when))


def _remove_stale(top: Path) -> None:
    """Remove the worktrees of processes that were killed before they could."""
    for parent in {tree.parent for tree in _worktrees(top)}:
        ours = OURS.fullmatch(parent.name)
        if ours and not psutil.pid_exists(int(ours[1])):
            _remove(parent, top)


def _remove(parent: Path, top: Path) -> None:
    """Remove the worktrees in a folder, and no others: a general prune would also drop those of an absent disk."""
    shutil.rmtree(parent, ignore_errors=True)
    for tree in _worktrees(top):
        if tree.parent == parent:
            git(top, "worktree", "remove", "--force", "--force", str(tree))


def _worktrees(top: Path) -> list[Path]:
    lines = git(top, "worktree", "list", "--porcelain").stdout.splitlines()
    return [Path(line.removeprefix("worktree ")) for line in lines if line.startswith("worktree ")]


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Hold back Ctrl-C and SIGTERM, also from git, until all is removed."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _why(done: subprocess.CompletedProcess[str]) -> str:
    lines = done.stderr.strip().splitlines()
    return lines[-1].removeprefix("fatal: ") if lines else f"git ended with {done.returncode}"
