"""The folder of runs: append-only files, whose every line is on disk before the next is written."""

import contextlib
import os
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

from harness.config import Suite
from harness.errors import NothingToShow, StoreError, UsageError
from harness.files import check_system, lock_file, write_whole
from harness.machine import Commit, Machine, Roof, load_averages
from harness.records import values_of
from harness.results.explained import ExplanationRecord
from harness.results.header import FORMAT, ProblemRecord, RunHeader
from harness.results.lines import line_of
from harness.results.measurement import Measurement, now
from harness.results.run import ExplanationLine, FinishedLine, ProblemLine, Run, load_run
from harness.timing import CONTROL, PROTOCOL

STAMP = len("20260101T000000Z-")
"""Characters of a run's id before its suite's name."""


class RunWriter:
    """Appends to a run file that has its first line, one process at a time; each line is on disk before the next.

    Raises
    ------
    StoreError
        When another process is writing the same run, or the file cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        check_system()
        self.path = path
        try:
            self._file: IO[bytes] = path.open("ab")
        except OSError as error:
            raise StoreError(f"{path}: cannot be written: {error.strerror}") from error
        try:
            lock_file(self._file)
        except OSError as error:
            self._file.close()
            raise StoreError(f"{path}: another process is writing this run; wait for it or start a new one") from error
        try:
            _truncate_half_line(path)  # only under the lock, when nobody else is writing
            run = load_run(path)
        except BaseException:
            self._file.close()
            raise
        self.header = run.header
        self.finished = run.finished is not None
        self.earlier = run.measurements
        """The measurements when it was opened."""
        self.done = {(each.case, each.round) for each in run.measurements}
        """Case and round of every recorded measurement."""
        self.problems = {(each.dataset_label, each.dtype): each for each in run.problems}
        """Every recorded problem, by dataset label and dtype."""

    def append(self, measurement: Measurement) -> None:
        """Keep a finished measurement."""
        self._write(measurement)
        self.done.add((measurement.case, measurement.round))

    def problem(self, record: ProblemRecord) -> None:
        """Record a problem, once.

        Raises
        ------
        StoreError
            When the run has another problem of the same name: its data changed while it was interrupted.
        """
        known = self.problems.get((record.dataset_label, record.dtype))
        if known is None:
            self._write(ProblemLine(problem=record))
            self.problems[record.dataset_label, record.dtype] = record
        elif known.data != record.data:
            raise StoreError(
                f"{self.path}: the data of {record.dataset_label} changed while the run was interrupted (fingerprint "
                f"{known.data[:8]}, now {record.data[:8]}); start a new run without --resume"
            )

    def explanation(self, record: ExplanationRecord) -> None:
        """Record why a case lacks digits; a later explanation of the same case replaces it."""
        self._write(ExplanationLine(explanation=record))

    def finish(self) -> None:
        """Record that everything planned is done."""
        self._write(FinishedLine(finished=now()))
        self.finished = True

    def _write(self, record: object) -> None:
        try:
            self._file.write(line_of(values_of(record)))
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise StoreError(
                f"{self.path}: cannot be written: {error.strerror}; free some space, then resume with --resume"
            ) from error

    def close(self) -> None:
        """Close the file."""
        with contextlib.suppress(OSError):  # failures to flush were reported by `_write`
            self._file.close()


class Store:
    """The folder of runs, ``results/`` by default."""

    def __init__(self, root: Path = Path("results"), warn: Callable[[str], None] = lambda _: None) -> None:
        self.root = root
        self._warn = warn
        self.runs = root / "runs"
        """The folder of runs that users made."""
        self.asides = root / "asides"
        """The folder of asides."""

    def create(
        self, suite: Suite, machine: Machine, commit: Commit | None, *, aside: bool = False, roof: Roof | None = None
    ) -> RunWriter:
        """Begin a run at a commit of the repository; an ``aside`` is kept apart from users' runs.

        Raises
        ------
        StoreError
            When the folder cannot be written.
        """
        check_system()
        folder = self.asides if aside else self.runs
        started = now()
        stamp = started[:19].replace("-", "").replace(":", "")
        identity = f"{stamp}Z-{suite.name}-{secrets.token_hex(2)}"
        header = RunHeader(
            linbench=FORMAT,
            run=identity,
            started=started,
            suite=suite.name,
            plan=suite.plan,
            cases=tuple(case.key for case in suite.cases),
            environments=tuple(each.record for each in suite.environments),
            machine=machine,
            commit=commit,
            control=CONTROL,
            protocol=PROTOCOL,
            load=load_averages(),
            roof=roof,
            gate=suite.gate,
        )
        path = folder / f"{identity}.jsonl"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            write_whole(path, line_of(values_of(header)))
        except OSError as error:
            raise StoreError(
                f"{folder}: cannot be written: {error.strerror}; give another folder with --results"
            ) from error
        return RunWriter(path)

    def resume(self, suite: Suite) -> RunWriter | None:
        """Continue the latest run of the suite if it was interrupted; None when there is nothing to continue.

        Raises
        ------
        StoreError
            When the suite has changed since, or another process is writing the run.
        """
        paths = [each for each in self.of_suite(suite.name) if each.parent == self.runs]
        if not paths:
            return None
        writer = RunWriter(paths[-1])
        if writer.finished:
            writer.close()
            return None
        if not writer.header.plans(suite):
            writer.close()
            raise StoreError(
                f"{writer.path}: the suite has changed since this run began; start a new one without --resume"
            )
        return writer

    def paths(self) -> list[Path]:
        """Every run's file, oldest first."""
        return sorted(self.runs.glob("*.jsonl"))

    def of_suite(self, suite: str) -> list[Path]:
        """All files of the suite's runs, asides included, oldest first."""
        paths = sorted([*self.paths(), *self.asides.glob("*.jsonl")], key=lambda path: path.name)
        return [path for path in paths if path.stem[STAMP:].rpartition("-")[0] == suite]

    def find(self, run: str) -> Path:
        """The file of a run given by a path, an id, the beginning of an id, or ``latest``.

        Raises
        ------
        NothingToShow
            When there is none, or more than one.
        UsageError
            When the name is empty.
        """
        if not run:
            raise UsageError("got an empty name, wanted a run: a path, an id or 'latest'")
        path = Path(run)
        if path.is_file():
            return path
        paths = self.paths()
        if run == "latest":
            if not paths:
                raise NothingToShow(f"no run under {self.runs}; make one with `linbench run`")
            return self._latest(paths)
        others = [path for name in ("asides", "published", "baselines") for path in run_files(self.root / name)]
        exact = [each for each in [*paths, *others] if each.name.partition(".jsonl")[0] == run]
        found = exact or [each for each in paths if each.stem.startswith(run)]
        if len(found) == 1:
            return found[0]
        if found:
            raise NothingToShow(
                f"run {run!r} could be {', '.join(each.stem for each in found[:5])}; give more of its id"
            )
        raise NothingToShow(f"no run {run!r} under {self.runs}; give a path, an id or 'latest'")

    def latest_pair(self) -> tuple[Run, Run]:
        """The newest run, preceded by the last one before it of the same suite and cases.

        Raises
        ------
        NothingToShow
            When there is no such pair; also what `load` raises.
        """
        latest = self.load("latest")
        for path in reversed(self.of_suite(latest.header.suite)):
            if path.parent == self.runs and path.name < latest.path.name:
                before = load_run(path)
                if {case.id for case in before.header.cases} == {case.id for case in latest.header.cases}:
                    return before, latest
        raise NothingToShow(f"no run before {latest.id} has the same cases; run it again, or name two runs")

    def _latest(self, paths: Sequence[Path]) -> Path:
        """The latest by name, which begins with the time; warns where another was written later, by a changed clock."""
        written = max(paths, key=lambda path: path.stat().st_mtime_ns)
        if written.stat().st_mtime_ns > paths[-1].stat().st_mtime_ns:
            self._warn(f"'latest' is {paths[-1].stem} by its name, but {written.stem} was written later; name the one")
        return paths[-1]

    def load(self, run: str = "latest") -> Run:
        """Read a run; raises what `find` and `load_run` raise."""
        return load_run(self.find(run))


def run_files(folder: Path) -> list[Path]:
    """All run files of a folder, gzipped ones included, by name."""
    return sorted([*folder.glob("*.jsonl"), *folder.glob("*.jsonl.gz")])


def _truncate_half_line(path: Path) -> None:
    """Remove whatever follows the last complete line."""
    content = path.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        with path.open("r+b") as file:
            file.truncate(whole)
