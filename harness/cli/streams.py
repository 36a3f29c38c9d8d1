"""Makes the standard streams safe to write to, even if closed, ASCII, full, or without a reader."""

import contextlib
import io
import os
import sys
from typing import TextIO


class Messages(io.TextIOWrapper):
    """Standard error; what cannot be written is lost, but does not stop a measurement."""

    def write(self, text: str, /) -> int:
        """Write what can be written."""
        with contextlib.suppress(OSError):
            super().write(text)
        return len(text)

    def flush(self) -> None:
        """Flush what can be flushed."""
        with contextlib.suppress(OSError):
            super().flush()


def settle_streams() -> None:
    """Open closed streams, so that no file gets their number, and make every character writable."""
    for number, how in (
        (0, os.O_RDONLY),
        (1, os.O_RDONLY),
        (2, os.O_WRONLY),
    ):  # so that writing to 1 fails, and is reported
        try:
            os.fstat(number)
        except OSError:
            os.dup2(opened := os.open(os.devnull, how), number)
            if opened != number:
                os.close(opened)
    if sys.stdout is None:
        sys.stdout = io.TextIOWrapper(_raw(1), encoding="utf-8")
    sys.stderr = _messages()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # for what an ASCII stream cannot hold, and lone surrogates


def _messages() -> TextIO:
    old = sys.stderr
    encoding = old.encoding if old is not None else "utf-8"
    return Messages(_raw(2), encoding=encoding, errors="backslashreplace", line_buffering=True)


def _raw(number: int) -> io.BufferedWriter:
    return io.BufferedWriter(io.FileIO(number, "w", closefd=False))
