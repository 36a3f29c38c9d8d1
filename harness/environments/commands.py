"""Runs installers as child processes that another thread can stop all at once."""

import contextlib
import os
import re
import signal
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path

LIMIT = 3600.0
"""Seconds that an installer may take per step."""

LONGEST_REASON = 400
"""Most characters of an installer's message in a row's reason."""

UNWANTED = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "CONDA_PREFIX")
"""Variables that would leak linbench's own environment into the one being built."""


INNER = re.compile(r"^\s+.*(?:\berror:|\w(?:Error|Exception): )", re.IGNORECASE)
"""An indented line of an installer's output: an error of the build tool."""

WRAPPING = re.compile(r"subprocess-exited-with-error|metadata-generation-failed|failed-wheel-build")


class BuildFailed(Exception):
    """An environment cannot be built; the message says why, in one line."""


class Stopped(Exception):
    """The build was interrupted."""


class Commands:
    """Runs commands from any number of threads until `stop` is called."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._live: set[subprocess.Popen[str]] = set()
        self.stopped = threading.Event()

    def run(self, *words: str | Path, cwd: Path) -> str:
        """Run a command and return its standard output. No shell is involved.

        Raises
        ------
        BuildFailed
            When it cannot be started, fails or takes too long.
        Stopped
            When `stop` was called.
        """
        process = self._start([str(word) for word in words], cwd)
        try:
            out, err = process.communicate(timeout=LIMIT)
        except subprocess.TimeoutExpired as error:
            _kill(process)
            process.communicate()
            raise BuildFailed(f"{Path(words[0]).name} took longer than {LIMIT / 60:g} minutes") from error
        finally:
            with self._lock:
                self._live.discard(process)
        if self.stopped.is_set():
            raise Stopped
        if process.returncode != 0:
            raise BuildFailed(reason_in(err, cwd) or f"{Path(words[0]).name} ended with status {process.returncode}")
        return out

    def _start(self, words: Sequence[str], cwd: Path) -> subprocess.Popen[str]:
        with self._lock:
            if self.stopped.is_set():
                raise Stopped
            try:
                process = subprocess.Popen(  # noqa: S603 - an installer; a suite's input reaches it only in files
                    words,
                    cwd=cwd,
                    env=_environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                    errors="replace",
                    start_new_session=True,  # so that its descendants are killed with it
                )
            except OSError as error:
                raise BuildFailed(f"{words[0]} cannot be run: {error.strerror}") from error
            self._live.add(process)
        return process

    def stop(self) -> None:
        """Kill every running command, and start no more."""
        with self._lock:
            self.stopped.set()
            for process in self._live:
                _kill(process)


def _kill(process: subprocess.Popen[str]) -> None:
    """Kill a running command and its descendants."""
    if process.poll() is not None:
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in UNWANTED}
    return {**kept, "PYTHONNOUSERSITE": "1", "NO_COLOR": "1", "UV_PYTHON_DOWNLOADS": "never"}


def reason_in(words: str, cwd: Path) -> str:
    """Why uv or pip failed, from its standard error: one line, without passwords and the folder's path.

    pip marks it ``ERROR:`` and may add advice; uv prints a sentence over several lines, after ``×`` with box drawing,
    or after ``error:``. The first error of a compiler or build tool is appended.
    """
    lines = words.strip().splitlines()
    marked = [line.partition("ERROR: ")[2] for line in lines if line.startswith("ERROR: ")]
    inner = next((line for line in lines if INNER.search(line) and not WRAPPING.search(line)), "")
    text = marked[0] if marked else inner or " ".join(lines)
    if marked and inner and inner.strip() not in text:
        text = f"{text}: {inner}"
    text = re.sub(r"[×╰├│─▶]+|\x1b\[[0-9;]*m", " ", text)
    text = re.sub(r"//[^/@\s]+@", "//", text).replace(f"{cwd}/", "")
    text = re.sub(r"\s+", " ", text).strip().removeprefix("error: ")
    half = LONGEST_REASON // 2
    return text if len(text) <= LONGEST_REASON else f"{text[:half].rstrip()} … {text[-half:].lstrip()}"
