"""The command in a fork of this process: as real as a fresh one, without the time to start and import."""

import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path

from tests.attack.tally import Ended

__all__ = ["call"]

LOOK = 0.005
"""Seconds between two looks at whether it has ended."""

IMPORTED = (
    "harness.cli",
    "harness.config",
    "harness.results",
    "harness.gate",
    "harness.compare",
    "harness.reports.sheets.table",
    "harness.reports.page",
    "harness.exports.base",
    "harness.runner",
    "harness.reports.layout.json",
)


def call(words: Sequence[str], folder: Path, environment: Mapping[str, str], limit: float = 60) -> Ended:
    """Run ``linbench`` with these words in a folder, until it ends or the seconds are over."""
    for name in IMPORTED:
        import_module(name)
    out, err = folder / ".out", folder / ".err"
    child = os.fork()
    if child == 0:
        _become(words, folder, environment, out, err)
    code = _wait(child, limit)
    said = [path.read_bytes().decode(errors="replace") for path in (out, err)]
    return Ended(code, *said)


def _become(words: Sequence[str], folder: Path, environment: Mapping[str, str], out: Path, err: Path) -> None:
    try:
        os.setsid()
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        sys.path[:0] = [each for each in environment["PYTHONPATH"].split(os.pathsep) if each not in sys.path]
        for number, path in ((1, out), (2, err)):
            opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(opened, number)
            os.close(opened)
        sys.stdout = os.fdopen(1, "w", encoding="utf-8")
        sys.argv = ["linbench", *words]
        from harness.cli import main

        main()
    finally:
        os._exit(99)


def _wait(child: int, limit: float) -> int | None:
    deadline = time.monotonic() + limit
    while time.monotonic() < deadline:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(LOOK)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None
