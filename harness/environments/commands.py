"""Installers as child processes that can all be ended at once, from another thread."""

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
"""Characters of an installer's message that a row can hold."""

UNWANTED = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "CONDA_PREFIX")
"""Variables by which the environment that linbench runs in would get into the one that is built."""


INNER = re.compile(r"^\s+.*(?:\berror:|\w(?:Error|Exception): )", re.IGNORECASE)
"""A line of a build tool's own words, which installers set in."""

WRAPPING = re.compile(r"subprocess-exited-with-error|metadata-generation-failed|failed-wheel-build")


class BuildFailed(Exception):
    """An environment cannot be built; the message says why, in one line."""


class Stopped(Exception):
    """The build was interrupted."""


class Commands:
    """Runs commands in any number of threads, until it is told to stop."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._live: set[subprocess.Popen[str]] = set()
        self.stopped = threading.Event()

    def run(self, *words: str | Path, cwd: Path) -> str:
        """Run a command to its end and give its standard output. No shell reads the words.

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
                process = subprocess.Popen(  # noqa: S603 - an installer; what a suite says reaches it in files alone
                    words,
                    cwd=cwd,
                    env=_environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                    errors="replace",
                    start_new_session=True,  # so that what it starts ends with it
                )
            except OSError as error:
                raise BuildFailed(f"{words[0]} cannot be run: {error.strerror}") from error
            self._live.add(process)
        return process

    def stop(self) -> None:
        """End every command that is running, and start no more."""
        with self._lock:
            self.stopped.set()
            for process in self._live:
                _kill(process)


def _kill(process: subprocess.Popen[str]) -> None:
    """End a command that still runs, and what it started."""
    if process.poll() is not None:
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in UNWANTED}
    return {**kept, "PYTHONNOUSERSITE": "1", "NO_COLOR": "1", "UV_PYTHON_DOWNLOADS": "never"}


def reason_in(words: str, cwd: Path) -> str:
    """Why uv or pip failed, from what it said on standard error: one line, without passwords and the folder's own path.

    pip marks it ``ERROR:`` and may add advice; uv says one sentence over several lines, behind ``×`` and drawn
    with boxes, or behind ``error:``. What a compiler or a build tool said first of an error stands behind it.
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
