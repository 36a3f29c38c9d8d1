"""The folder of runs: append-only files, each line on disk before the next is begun."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from harness.errors import NothingToShow, StoreError
from harness.results.measurement import Measurement, json_text, now
from harness.results.run import FORMAT, Run, load_run

__all__ = ["RunWriter", "Store"]


STAMP = len("20260101T000000Z-")
"""Characters of a run's id before its suite's name."""


class RunWriter:
    """Appends to one run file, each line flushed to disk before the next is begun. One process at a time.

    Raises
    ------
    StoreError
        When another process is writing the same run.
    """

    def __init__(self, path: Path, done: Iterable[Measurement] = ()) -> None:
        self.path = path
        self.earlier = tuple(done)
        self.done = {(each.case, each.round) for each in self.earlier}
        self._file: IO[str] = path.open("a", encoding="utf-8")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._file.close()
            raise StoreError(f"{path}: another process is writing this run; wait for it or start a new one") from error

    def append(self, measurement: Measurement) -> None:
        """Keep a finished measurement."""
        self._write(asdict(measurement))
        self.done.add((measurement.case, measurement.round))

    def finish(self) -> None:
        """Say that nothing planned is left."""
        self._write({"finished": now()})

    def header(self, record: Mapping[str, Any]) -> None:
        """The first line."""
        self._write(record)

    def _write(self, record: Mapping[str, Any]) -> None:
        self._file.write(json_text(record) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


class Store:
    """The folder of runs, ``results/`` by default.

    Attributes
    ----------
    root : Path
    runs : Path
        Where runs that were asked for are kept.
    asides : Path
        Where those are that a verb measured to make up its mind: never the latest run, nor part of a history.
    """

    def __init__(self, root: Path = Path("results")) -> None:
        self.root = root
        self.runs = root / "runs"
        self.asides = root / "asides"

    def create(self, suite: Mapping[str, Any], about: Mapping[str, Any], *, aside: bool = False) -> RunWriter:
        """Begin a run.

        Parameters
        ----------
        suite : mapping
            `harness.config.Suite.record`.
        about : mapping
            Where and with what: machine, commit, versions.
        aside : bool
            Whether it is kept apart from the runs that were asked for.

        Raises
        ------
        StoreError
            When the folder cannot be written.
        """
        folder = self.asides if aside else self.runs
        started = now()
        stamp = started[:19].replace("-", "").replace(":", "")
        identity = f"{stamp}Z-{suite['suite']}-{secrets.token_hex(2)}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            writer = RunWriter(folder / f"{identity}.jsonl")
        except OSError as error:
            raise StoreError(
                f"{folder}: cannot be written: {error.strerror}; give another folder with --results"
            ) from error
        writer.header({"linbench": FORMAT, "run": identity, "started": started, **suite, **about})
        return writer

    def resume(self, suite: Mapping[str, Any]) -> RunWriter | None:
        """Go on with the latest run of the suite if it was broken off; None when there is nothing to go on with.

        Raises
        ------
        StoreError
            When the suite has changed since.
        """
        for path in reversed([each for each in self.of_suite(str(suite["suite"])) if each.parent == self.runs]):
            run = load_run(path)
            if run.finished:
                return None
            if {key: run.header.get(key) for key in suite} != json.loads(json_text(suite)):
                raise StoreError(
                    f"{path}: the suite has changed since this run began; start a new one without --resume"
                )
            _drop_half_line(path)
            return RunWriter(path, run.measurements)
        return None

    def paths(self) -> list[Path]:
        """Every run's file, oldest first."""
        return sorted(self.runs.glob("*.jsonl"))

    def of_suite(self, suite: str) -> list[Path]:
        """Every file of the suite's runs, asides among them, oldest first."""
        paths = sorted([*self.paths(), *self.asides.glob("*.jsonl")], key=lambda path: path.name)
        return [path for path in paths if path.stem[STAMP:].rpartition("-")[0] == suite]

    def find(self, run: str) -> Path:
        """The file that a path, an id, the beginning of one, or ``latest`` means.

        Raises
        ------
        NothingToShow
            When there is none, or more than one.
        """
        path = Path(run)
        if path.is_file():
            return path
        paths = self.paths()
        if run == "latest":
            if not paths:
                raise NothingToShow(f"no run under {self.runs}; make one with `linbench run`")
            return paths[-1]
        others = [path for name in ("asides", "published", "baselines") for path in (self.root / name).glob("*.jsonl")]
        exact = [each for each in [*paths, *others] if each.stem == run]
        found = exact or [each for each in paths if each.stem.startswith(run)]
        if len(found) == 1:
            return found[0]
        if found:
            raise NothingToShow(
                f"run {run!r} could be {', '.join(each.stem for each in found[:5])}; give more of its id"
            )
        raise NothingToShow(f"no run {run!r} under {self.runs}; give a path, an id or 'latest'")

    def load(self, run: str = "latest") -> Run:
        """Read a run.

        Raises
        ------
        NothingToShow
            As `find`.
        StoreError
            As `load_run`.
        """
        return load_run(self.find(run))


def _drop_half_line(path: Path) -> None:
    """Cut off what stands behind the last whole line."""
    whole = path.read_bytes().rfind(b"\n") + 1
    with path.open("r+b") as file:
        file.truncate(whole)
