"""A library's source code, copied to where it is built. The user's own folder is only read."""

import hashlib
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.environments.commands import BuildFailed
from harness.errors import LinbenchError
from harness.git import git, why_failed

LEFT_OUT = ("build", "dist", "*.egg-info", "__pycache__", ".git", ".venv", ".tox", ".mypy_cache", ".pytest_cache")
"""Files that are not source, in a folder outside of a repository."""


@dataclass(frozen=True)
class Source:
    """One state of a library's source code."""

    folder: Path
    """A folder, of a repository or not."""
    commit: str | None = None
    """A commit's full id; None for the files as they are, with uncommitted changes and new files."""
    subdirectory: str = ""
    """The folder to build, relative to ``folder``."""

    def key(self) -> str:
        """An id of this state of the source."""
        top = _top(self.folder)
        if top is None:
            content = _digest(self.folder, _files(self.folder))
        else:
            changed = [] if self.commit else _changed(top)
            content = (self.commit or _head(top)) + (_digest(top, changed) if changed else "")
        return f"{content}/{self._below(top)}"

    def copy(self, target: Path) -> Path:
        """Copy it to a folder that does not exist yet, and return the folder to build.

        Raises
        ------
        BuildFailed
            When git cannot check it out, or a submodule or the subdirectory is missing.
        """
        top = _top(self.folder)
        if top is None:
            shutil.copytree(self.folder, target, symlinks=True, ignore=shutil.ignore_patterns(*LEFT_OUT))
        else:
            _clone(top, self.commit or _head(top), target)
            if self.commit is None:
                _overlay(top, target)
        found = target / self._below(top)
        if not found.is_dir():
            raise BuildFailed(f"{self._below(top)}: no such folder in {(self.commit or 'the checkout')[:12]}")
        return found

    def _below(self, top: Path | None) -> Path:
        """The folder to build, relative to the top."""
        inside = Path() if top is None else self.folder.resolve().relative_to(top)
        return inside / self.subdirectory


def _ask(folder: Path, *words: str) -> str:
    done = git(folder, *words)
    if done.returncode:
        raise BuildFailed(f"git {words[0]}: {why_failed(done)}")
    return done.stdout


def _top(folder: Path) -> Path | None:
    try:
        done = git(folder, "rev-parse", "--show-toplevel")
    except LinbenchError:
        return None  # without git, treat it as a plain folder
    return None if done.returncode else Path(done.stdout.rstrip("\n")).resolve()


def _head(top: Path) -> str:
    return _ask(top, "rev-parse", "--verify", "HEAD^{commit}").strip()


def _clone(repository: Path, commit: str, target: Path) -> None:
    """Clone with shared objects, so that only the checkout takes space; with submodules."""
    _ask(repository, "clone", "--quiet", "--shared", "--no-checkout", str(repository), str(target))
    _ask(target, "checkout", "--quiet", "--detach", commit)
    if (target / ".gitmodules").is_file():
        common = _ask(repository, "rev-parse", "--path-format=absolute", "--git-common-dir").rstrip("\n")
        _submodules(Path(common) / "modules", target)


def _submodules(modules: Path, target: Path) -> None:
    """Clone submodules from the repository's own clones of them; nothing is fetched."""
    paths = _ask(target, "config", "--null", "--file", ".gitmodules", "--get-regexp", r"^submodule\..*\.path$")
    for entry in filter(None, paths.split("\0")):
        key, _, path = entry.partition("\n")
        listed = _ask(target, "ls-tree", "HEAD", "--", path).split()
        if not listed or listed[0] != "160000":
            continue  # in .gitmodules, but not in this commit
        kept = modules / key.removeprefix("submodule.").removesuffix(".path")
        place = (target / path).resolve()
        if not (kept.is_dir() and place.is_relative_to(target.resolve())):
            raise BuildFailed(f"submodule {path} is not here: run `git submodule update --init --recursive` first")
        shutil.rmtree(place, ignore_errors=True)
        _clone(kept, listed[2], place)


def _changed(top: Path) -> list[str]:
    """Paths that differ from the commit: changed, new or deleted."""
    lines = _ask(top, "status", "--porcelain", "-z", "--no-renames", "--untracked-files=all", "--ignore-submodules=all")
    return sorted(each[3:] for each in lines.split("\0") if each)


def _overlay(top: Path, target: Path) -> None:
    for path in _changed(top):
        (target / path).unlink(missing_ok=True)
        if (top / path).is_file():
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(top / path, target / path, follow_symlinks=False)


def _files(folder: Path) -> Iterator[str]:
    ignored = shutil.ignore_patterns(*LEFT_OUT)
    for parent, folders, files in os.walk(folder):
        left_out = ignored(parent, [*folders, *files])
        folders[:] = sorted({*folders} - left_out)
        yield from (str(Path(parent, name).relative_to(folder)) for name in sorted({*files} - left_out))


def _digest(folder: Path, paths: Iterator[str] | Sequence[str]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        place = folder / path
        content = place.read_bytes() if place.is_file() else b""
        digest.update(f"{path}\0{place.is_file()}\0{len(content)}\0".encode() + content)
    return f"+{digest.hexdigest()[:24]}"
