"""Two commits of the repository one stands in, measured in turn within one run by the harness of today.

Each commit is checked out in a temporary worktree of its own, of which nothing stays behind; the user's checkout, index
and branches are not touched.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil

from harness.compare.sides import side
from harness.config import Case, Suite
from harness.config.cases import Chosen
from harness.environments import DEFAULT, Environment
from harness.errors import LinbenchError, UsageError
from harness.machine import commit
from harness.results import Run, Store
from harness.runner import Observer, measure_new

__all__ = ["Tree", "measure_revisions", "worktrees"]

OURS = re.compile(r"linbench-([0-9]+)-revisions-\w+")
"""The folder that holds a process's worktrees; with its process's number, as one that was killed leaves it behind."""

OF_A_HOOK = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY")
"""Variables with which git tells a hook of its own checkout; a worktree must not take that for its own."""


@dataclass(frozen=True)
class Tree:
    """A side of a comparison: a commit as it was checked out, or the backends as they are.

    Attributes
    ----------
    label : str
        What it was asked for by, and the commit that is.
    backends : Path or None
        The folder that holds its ``backends`` package; None for the one linbench itself uses.
    commit : mapping or None
        As a run file has it.
    """

    label: str
    backends: Path | None
    commit: Mapping[str, Any] | None


def measure_revisions(
    suite: Suite, revisions: Mapping[str, str | None], store: Store, observer: Observer, *, folder: Path | None = None
) -> tuple[Run, Run]:
    """Measure a suite with the backends of two commits, in turn, and give the two sides as runs with the same cases.

    The suite, its data, the harness and every library are those of today; only ``backends/`` is the commits'. What the
    suite leaves at its default is left to each commit's own default. A backend that a commit lacks, or that does not
    take an option of the suite, is a row with that reason.

    Parameters
    ----------
    suite : Suite
    revisions : mapping of str to (str or None)
        A name for each of the two sides, old one first, and its commit as git names it; None for the backends that
        linbench itself uses.
    store : Store
        Where the one run that holds both is kept.
    observer : Observer
    folder : Path, optional
        A folder of the repository; the present one when left out.

    Raises
    ------
    UsageError
        When the folder is in no repository, or there is no such commit, or it has no ``backends``.
    StoreError
        When the store cannot be written.
    """
    with worktrees(revisions, folder or Path.cwd()) as trees:
        run = measure_new(_both(suite, trees), store, observer)
    old, new = (
        side(run, {_name(which, each): each for each in _used(suite)}, tree.label, commit=tree.commit)
        for which, tree in trees.items()
    )
    return old, new


def _both(suite: Suite, trees: Mapping[str, Tree]) -> Suite:
    """The suite with every case once a side."""
    known = {each.name: each for each in suite.environments}
    environments = [
        replace(known[name], name=_name(which, name), backends=tree.backends)
        if name in known
        else Environment(_name(which, name), backends=tree.backends)
        for which, tree in trees.items()
        for name in _used(suite)
    ]
    cases = [_on(case, which) for case in suite.cases for which in trees]
    return replace(suite, name=f"{suite.name}-revisions", cases=tuple(cases), environments=tuple(environments))


def _used(suite: Suite) -> Sequence[str]:
    return list(dict.fromkeys(case.environment for case in suite.cases))


class _Chosen(Chosen):
    """A backend as a commit knows it: told what is not the default, as the commit has defaults of its own."""

    @property
    def options(self) -> dict[str, Any]:
        """By name; an option that came or went, or a new default, does not keep two commits from being compared."""
        defaults = type(self.what).defaults()
        return {
            name: value
            for name, value in super().options.items()
            if name not in defaults or getattr(self.what, name) != defaults[name]
        }


def _on(case: Case, which: str) -> Case:
    backend = _Chosen(case.backend.name, case.backend.what)
    return replace(case, backend=backend, environment=_name(which, case.environment))


def _name(which: str, environment: str) -> str:
    return which if environment == DEFAULT else f"{which}-{environment}"


@contextmanager
def worktrees(revisions: Mapping[str, str | None], folder: Path) -> Iterator[dict[str, Tree]]:
    """Commits checked out for as long as the context lasts; whatever ends it, they are removed.

    Parameters
    ----------
    revisions : mapping of str to (str or None)
        Names, and commits as git names them; None stands for the backends that linbench itself uses.
    folder : Path
        A folder of the repository.

    Raises
    ------
    UsageError
        When it is in no repository, or there is no such commit, or it has no ``backends``.
    """
    top = _top(folder)
    commits = {name: None if said is None else _resolved(said, top) for name, said in revisions.items()}
    _remove_stale(top)
    parent = Path(tempfile.mkdtemp(prefix=f"linbench-{os.getpid()}-revisions-")).resolve()
    try:
        yield {name: _tree(revisions[name], identity, parent / name, top) for name, identity in commits.items()}
    finally:
        with _undisturbed():
            _remove(parent, top)


def _top(folder: Path) -> Path:
    done = _git(folder, "rev-parse", "--show-toplevel")
    if done.returncode:
        raise UsageError(f"{folder}: not in a repository with a checkout: {_why(done)}; run it inside one")
    return Path(done.stdout.rstrip("\n"))


def _resolved(revision: str, top: Path) -> str:
    done = _git(top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if done.returncode:
        raise UsageError(f"--rev {revision!r}: no such commit in {top}; give a branch, a tag or a commit's id")
    return done.stdout.split()[-1]


def _tree(said: str | None, identity: str | None, path: Path, top: Path) -> Tree:
    if identity is None:
        return Tree("as it is", None, commit(top))
    # Without hooks: those of the repository may do anything after a checkout.
    done = _git(
        top, "-c", f"core.hooksPath={os.devnull}", "worktree", "add", "--detach", "--quiet", str(path), identity
    )
    if done.returncode:
        raise LinbenchError(f"{said}: git cannot check it out in {path}: {_why(done)}")
    label = f"{said}@{identity[:8]}"
    if not (path / "backends" / "base.py").is_file():
        raise UsageError(
            f"--rev {said!r}: commit {identity[:8]} has no backends/base.py, so there is nothing to measure"
        )
    return Tree(label, path, commit(path))


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
            _git(top, "worktree", "remove", "--force", "--force", str(tree))


def _worktrees(top: Path) -> list[Path]:
    lines = _git(top, "worktree", "list", "--porcelain").stdout.splitlines()
    return [Path(line.removeprefix("worktree ")) for line in lines if line.startswith("worktree ")]


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Hold back Ctrl-C and SIGTERM, also from git, until all is removed."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _git(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if key not in OF_A_HOOK}
    try:
        return subprocess.run(  # noqa: S603 - git, and words of which one is a commit's name that does not begin with a dash
            ["git", "-C", str(folder), *words],  # noqa: S607 - the user's own git
            env={**environment, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise LinbenchError("git is not installed, and commits cannot be checked out without it") from error


def _why(done: subprocess.CompletedProcess[str]) -> str:
    lines = done.stderr.strip().splitlines()
    return lines[-1].removeprefix("fatal: ") if lines else f"git ended with {done.returncode}"
