"""What an interrupted preparation of rows on disk leaves, in a folder that `harness.runner.kept_rows` gives it.

A pass that writes rows is kept at each block, once the system has the block: a killed process takes nothing of that
along. What a machine's sudden end may take is not waited for, because nothing is taken up that an earlier boot left.
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
    """One dataset's, in a folder of its own.

    Parameters
    ----------
    folder : Path or None
        None where nothing outlives the process.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self._passes: list[KeptPass[Any]] = []

    def kept(self, name: str, form: Form[T], *, every: float | None = None) -> KeptPass[T]:
        """A pass of it."""
        found = KeptPass(self.folder, name, form, every=every, lasting=False)
        self._passes.append(found)
        return found

    def answer(self) -> dict[str, Any] | None:
        """What `finish` was given, where the files are as it left them."""
        whole = None if self.folder is None else load(self.folder, WHOLE)
        if self.folder is None or whole is None:
            return None
        there = all(list(stamp(self.folder / name)) == each for name, each in whole["files"].items())
        return dict(whole["answer"]) if there else None

    def finish(self, answer: Mapping[str, Any], files: Iterable[Path]) -> None:
        """Keep the answer about files that nobody is to write to any more, and forget how they were come to."""
        if self.folder is not None:
            stamps = {path.name: found for path in files if (found := stamp(path))}
            save(self.folder, WHOLE, {"answer": answer, "files": stamps}, lasting=False)
        for each in self._passes:
            each.forget()


@contextmanager
def preparation(folder: Path | None) -> Iterator[Preparation]:
    """That of a folder, once no other process writes there: the loader of a run that was killed a moment ago."""
    if folder is None:
        yield Preparation()
        return
    with open(open_lock(folder / "writing"), "rb") as lock:  # noqa: PTH123 - a descriptor
        lock_file(lock, wait=True)
        yield Preparation(folder)
