"""The kept state of preparing rows on disk, in a folder of `harness.runner.kept_rows`, to resume it after interruption.

A pass that writes rows is saved after each block, once the system has the block, so that a killed process loses
nothing. Nothing waits for the disk: what a crash of the machine loses does not matter, as rows of an earlier boot are
not reused.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from harness.files import lock_file, open_lock, stamp
from harness.kept import Form, KeptPass, load, save

T = TypeVar("T")

WHOLE = "whole"


class Preparation:
    """The preparation of one dataset, in a folder of its own.

    Parameters
    ----------
    folder : Path or None
        None where nothing is kept.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self._passes: list[KeptPass[Any]] = []

    def kept(self, name: str, form: Form[T], *, every: float | None = None) -> KeptPass[T]:
        """The kept state of one of its passes."""
        found = KeptPass(self.folder, name, form, every=every, lasting=False)
        self._passes.append(found)
        return found

    def answer(self) -> dict[str, Any] | None:
        """The answer given to `finish`, if the files are unchanged since."""
        whole = None if self.folder is None else load(self.folder, WHOLE)
        if self.folder is None or whole is None:
            return None
        there = all(list(stamp(self.folder / name)) == each for name, each in whole["files"].items())
        return dict(whole["answer"]) if there else None

    def finish(self, answer: Mapping[str, Any], files: Iterable[Path]) -> None:
        """Keep the answer about the finished files, and forget the passes that made them."""
        if self.folder is not None:
            stamps = {path.name: found for path in files if (found := stamp(path))}
            save(self.folder, WHOLE, {"answer": answer, "files": stamps}, lasting=False)
        for each in self._passes:
            each.forget()


@contextmanager
def preparation(folder: Path | None) -> Iterator[Preparation]:
    """The preparation in a folder, once no other process, such as the loader of a killed run, writes there."""
    if folder is None:
        yield Preparation()
        return
    with open(open_lock(folder / "writing"), "rb") as lock:  # noqa: PTH123 - a descriptor
        lock_file(lock, wait=True)
        yield Preparation(folder)
