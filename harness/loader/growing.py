"""An .npy file to which rows are appended, also after those that an interrupted program left."""

import contextlib
import io
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from backends.base import Array


class GrowingArray:
    """An .npy file to which rows are appended.

    Parameters
    ----------
    shape : tuple of int
        Of one row; () for a single number.
    """

    def __init__(self, path: Path, shape: tuple[int, ...], dtype: str) -> None:
        self.path = path
        self._shape, self._dtype, self._rows = shape, np.dtype(dtype), 0
        self._file: BinaryIO | None = None

    def has(self, rows: int) -> bool:
        """Whether the file, left by an interrupted program, has at least so many rows."""
        with contextlib.suppress(OSError):
            return rows > 0 and self.path.stat().st_size >= self._size(rows)
        return False

    def open(self, rows: int) -> None:
        """Continue after so many existing rows; with 0, create the file anew."""
        if rows:
            self.path.chmod(0o600)  # it is read-only if it was complete
        else:
            self.path.unlink(missing_ok=True)  # processes that have mapped the old file keep it
        self._rows = rows
        self._file = file = self.path.open("r+b" if rows else "xb")
        file.write(self._header())
        file.truncate(self._size(rows))
        file.seek(self._size(rows))

    def append(self, rows: Array) -> None:
        """Append rows; the system has them when this returns."""
        self._rows += len(rows)
        file = self._opened
        file.write(np.ascontiguousarray(rows, dtype=self._dtype).data)
        file.flush()

    def close(self) -> Array:
        """Write the number of rows into the header, and map the rows."""
        with self._opened as file:
            file.seek(0)
            file.write(self._header())
        if self._rows == 0:
            return np.empty((0, *self._shape), dtype=self._dtype)
        return mapped(self.path)

    def leave(self) -> None:
        """Close the file as it is, if it is open."""
        if self._file is not None:
            self._file.close()

    @property
    def _opened(self) -> BinaryIO:
        assert self._file is not None  # noqa: S101 - it was opened
        return self._file

    def _size(self, rows: int) -> int:
        return len(self._header()) + rows * self._dtype.itemsize * int(np.prod(self._shape))

    def _header(self) -> bytes:
        head = io.BytesIO()
        about = {"descr": self._dtype.str, "fortran_order": False, "shape": (self._rows, *self._shape)}
        np.lib.format.write_array_header_1_0(head, about)
        return head.getvalue()


def mapped(path: Path) -> NDArray[Any]:
    """The array of a file, read-only."""
    return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
