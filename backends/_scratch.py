"""A folder for a program's files, removed when nothing refers to it and when Python ends."""

import shutil
import tempfile
import weakref
from pathlib import Path


class Scratch:
    """A new, empty folder.

    Attributes
    ----------
    path : Path
    """

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="linbench-"))
        self._end = weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)

    def remove(self) -> None:
        """Remove it now."""
        self._end()
