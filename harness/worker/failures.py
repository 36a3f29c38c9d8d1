"""Turns an exception into a case's status, and a reason in one line."""

import traceback
from pathlib import Path
from typing import Any

from backends.base import Missing, Unsupported

NO_MEMORY = ("out of memory", "can't allocate memory", "failed to allocate", "bad_alloc")
"""Messages of libraries that have their own allocators and error types."""


USER_FILES: set[str] = set()
"""The user's own source files that this process has imported."""

READERS = frozenset({"_own.py", "_own_answer.py"})
"""Files of ours that read the answer of the user's own code: their lines are of no use to the user."""

MOST_SHOWN = 80
"""Most characters of a source line that an error shows."""


def failure(error: Exception) -> dict[str, Any]:
    """The answer to a request that raised."""
    match error:
        case MemoryError():
            return _failed("out_of_memory", describe(error))
        case Unsupported():
            return _failed("unsupported", first_line(error), getattr(error, "fit", None))  # older `Unsupported`: no fit
        case Missing():
            return _failed("missing", first_line(error))
        case TimeoutError():
            return _failed("timeout", first_line(error))
        case ModuleNotFoundError():
            package, dot, _ = (error.name or "").partition(".")
            advice = f"{package} is installed and has none of that name" if dot else "install it"
            return _failed("missing", f"{first_line(error)}; {advice}")
        case _:
            return _failed("out_of_memory" if _is_memory_error(error) else "error", describe(error))


def _failed(status: str, reason: str, fit: int | None = None) -> dict[str, Any]:
    return {"failed": {"status": status, "reason": reason, **({} if fit is None else {"fit": int(fit)})}}


def describe(error: BaseException) -> str:
    """The error in one line, with its location."""
    said = dict.fromkeys((plain(type(error).__name__), first_line(error)))
    return f"{': '.join(said)}{plain(_location(error))}"


def _location(error: BaseException) -> str:
    """The file and line of the innermost frame, preferring frames of the user's own files."""
    if isinstance(error, SyntaxError) and error.filename:
        return f" ({Path(error.filename).name}:{error.lineno})"
    frames = traceback.extract_tb(error.__traceback__)
    files = {str(Path(each).resolve()) for each in USER_FILES}
    own = [each for each in frames if each.filename in files]
    if not own and frames and Path(frames[-1].filename).name in READERS:
        return ""
    if own:
        return f" ({Path(own[-1].filename).name}:{own[-1].lineno}: {(own[-1].line or '')[:MOST_SHOWN]})"
    return f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""


def first_line(error: BaseException) -> str:
    """The first line of an error's message, or its type when it has none."""
    lines = _text(error).strip().splitlines()
    return plain(lines[0].strip()) if lines else plain(type(error).__name__)


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - an error's own __str__ may raise
        return ""


def plain(text: str) -> str:
    """Text that can be encoded: lone surrogates are written as escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _is_memory_error(error: Exception) -> bool:
    words = _text(error).lower()
    return type(error).__name__ == "OutOfMemoryError" or any(said in words for said in NO_MEMORY)
