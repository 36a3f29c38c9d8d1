"""Problems, as files that workers map, with the exact answer to each."""

import contextlib
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from backends.base import Array, Problem, ProblemStack
from harness.config import Case, Plan
from harness.datasets.base import Float64, Scaling
from harness.files import stamp
from harness.loader.growing import mapped
from harness.passes import Passes, Tell, Watch, steps, untold, unwatched
from harness.reference import HeldOut, Judge, Reference, StackJudge, fingerprint, solve
from harness.reference.decimals import CertifiedEstimates, reading_digits
from harness.results import ProblemRecord
from harness.runner.executor import Failure, Lost
from harness.runner.kept_rows import KeptRows, once
from harness.runner.protocol import Loaded

ARRAYS = ("X", "y", "weights", "X_test", "y_test", "weights_test", "ranges", "group_names")
"""Arrays that a problem may have, each in a file of its own."""

BLOCK = 1 << 22
"""Bytes that are read at a time."""


@dataclass(frozen=True, eq=False)
class PreparedProblem:
    """A problem, the files that workers map, and the exact answer."""

    problem: Problem
    X_test: Array | None
    y_test: Array | None
    weights_test: Float64 | None
    scaling: Scaling
    files: Mapping[str, Path]
    reference: Reference
    certified: tuple[str, ...] | None
    record: ProblemRecord
    stamps: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    checksums: Mapping[str, str] = field(default_factory=dict)

    data_digits: int | None = None
    stack: ProblemStack | None = None
    """The stack where the rows make many problems; ``problem`` and ``reference`` are then those of the first."""
    group_names: NDArray[np.str_] | None = None
    """The name of the group of each problem of the stack; None where groups have no names."""

    @cached_property
    def many(self) -> StackJudge | None:
        """The judge of every answer to the stack; None where there is no stack."""
        return None if self.stack is None else StackJudge(self.stack, self.data_digits)

    @cached_property
    def judge(self) -> Judge:
        """The judge of every answer to the problem."""
        return Judge(self.problem, self.reference, self.data_digits)

    @cached_property
    def held_out(self) -> HeldOut | None:
        """The rows of the test set, where there is one."""
        if self.X_test is None or self.y_test is None:
            return None
        return HeldOut(self.X_test, self.y_test, self.weights_test)

    def group(self, fit: int) -> str:
        """The name of a fit's group; empty where groups have no names."""
        names = self.group_names
        return "" if names is None or fit >= len(names) else str(names[fit])

    def fit(self, number: int) -> str:
        """The name of one of the many fits, with its group: ``fit 3 (Lisbon)``."""
        group = self.group(number)
        return f"fit {number} ({group})" if group else f"fit {number}"

    def message(self) -> dict[str, Any]:
        """The problem as a request to a worker describes it."""
        optional = {"ranges": self.stack is not None, "weights": self.problem.weights is not None}
        names = ("X", "y", *(name for name, present in optional.items() if present))
        files = {name: str(self.files[name]) for name in names}
        return {**files, "intercept": self.problem.intercept, "l2": self.problem.l2}

    def untouched(self) -> bool:
        """Whether nobody has written to the files, by their modification stamps; takes microseconds."""
        return all(stamp(self.files[name]) == each for name, each in self.stamps.items())

    def unchanged(self) -> bool:
        """Whether the files still have their contents; reads them."""
        return self.untouched() and all(_checksum(self.files[name]) == each for name, each in self.checksums.items())


class DatasetLoader(Protocol):
    """Loads datasets."""

    def start(self) -> None:
        """Get ready, without waiting."""

    def close(self) -> None:
        """End; a later request starts it again."""

    def load(self, case: Case, files: dict[str, Path], tell: Tell, kept: Path | None) -> Loaded:
        """Load a case's dataset and save its arrays in these files; report progress where that takes long.

        What an earlier process left in ``kept``, the folder of these files, is resumed.
        """

    def certify(self) -> CertifiedEstimates:
        """The exact answer to the decimals in the source of the data loaded last, or why there is none."""


class ProblemStore:
    """Makes each problem once, and saves its arrays where workers can map them.

    Parameters
    ----------
    folder : Path
        Where the arrays are put; the caller removes it.
    references : Path
        The folder in which exact answers are cached between runs.
    tell : callable, optional
        Called with the progress of each pass over a problem's data, where that takes long.
    rows : KeptRows, optional
        Rows on disk that outlive an interrupted run.
    """

    def __init__(
        self, folder: Path, references: Path, loader: DatasetLoader, tell: Tell = untold, rows: KeptRows | None = None
    ) -> None:
        self._folder = folder
        self._references = references
        self._loader = loader
        self._tell = tell
        self._rows = rows or KeptRows(Plan())
        self._made = 0
        self._problems: dict[tuple[str, str], PreparedProblem] = {}
        self._failed: dict[tuple[str, str], Exception] = {}

    def problem(self, case: Case) -> PreparedProblem:
        """The case's problem, remade where its files were lost or written to.

        Raises
        ------
        Failure
            When its data cannot be loaded; later calls fail without another attempt.
        """
        key = (case.dataset.label, case.dtype)
        if key in self._failed:
            raise self._failed[key]
        if key in self._problems and not self._problems[key].untouched():
            del self._problems[key]
        if key not in self._problems:
            try:
                self._problems[key] = self._make(case)
            except Exception as error:
                self._failed[key] = error
                raise
        return self._problems[key]

    def lacks(self, case: Case) -> bool:
        """Whether the case's problem has not been asked for yet."""
        key = (case.dataset.label, case.dtype)
        return key not in self._problems and key not in self._failed

    def verify(self) -> None:
        """Forget every problem whose files have changed."""
        self._problems = {key: each for key, each in self._problems.items() if each.unchanged()}

    def _make(self, case: Case) -> PreparedProblem:
        kept_in = self._rows.folder(case)
        try:
            return self._made_in(kept_in, case)
        except Lost:
            self._rows.interrupted(kept_in)
            raise
        except Failure:
            self._rows.drop(kept_in)
            raise

    def _made_in(self, kept_in: Path | None, case: Case) -> PreparedProblem:
        self._made += 1
        files = {
            name: self._folder / f"{self._made}-{name}.npy" if kept_in is None else kept_in / f"{name}.npy"
            for name in ARRAYS
        }
        watch = Passes(case.dataset.label, self._tell)
        loaded, certified = self._loader.load(case, files, self._tell, kept_in), self._loader.certify()
        kept = [name for name in ARRAYS if _present(name, loaded)]
        arrays = {name: mapped(files[name]) for name in kept}
        problem = Problem(arrays["X"], arrays["y"], loaded.intercept, loaded.l2, _weights(arrays.get("weights")))
        key = data = once(kept_in, "fingerprint", [files["X"], files["y"]], lambda: fingerprint(problem, watch))
        stack = None
        if loaded.many:
            ranges = np.asarray(arrays["ranges"], dtype=np.int64)
            stack = ProblemStack(problem.X, problem.y, problem.intercept, problem.l2, ranges)
            problem, data = stack[0], fingerprint(stack)
            key = fingerprint(problem)
        reference = solve(problem, self._references, key=key, watch=watch)
        record = replace(
            loaded.record,
            data=data,
            certified_by=certified.source,
            why_not_certified=certified.why_not,
            reading_digits=reading_digits(reference, problem.intercept, certified),
        )
        prepared = PreparedProblem(
            problem=problem,
            X_test=arrays.get("X_test"),
            y_test=arrays.get("y_test"),
            stack=stack,
            group_names=arrays.get("group_names"),
            weights_test=_weights(arrays.get("weights_test")),
            data_digits=case.dataset.instance.data_digits or None,
            scaling=Scaling(np.array(record.factor), np.array(record.shift), record.target_factor, record.target_shift),
            files=files,
            reference=reference,
            certified=certified.estimates or None,
            record=record,
            stamps={name: stamp(files[name]) for name in kept},
            checksums={
                name: once(kept_in, f"{name}-checksum", [files[name]], partial(_checksum, files[name], watch))
                for name in kept
            },
        )
        return prepared if prepared.many is None else _counted(prepared, prepared.many)


def _counted(prepared: PreparedProblem, judge: StackJudge) -> PreparedProblem:
    """The problem with its record completed: how many problems of the stack have dependent columns."""
    many = prepared.record.many
    known = None if many is None else replace(many, deficient=judge.deficient)
    counted = replace(prepared, record=replace(prepared.record, many=known))
    vars(counted)["many"] = judge  # keeps the cached property, which is expensive
    return counted


def _present(array: str, loaded: Loaded) -> bool:
    wanted = (loaded.has_test or not array.endswith("_test")) and (loaded.weighted or not array.startswith("weights"))
    return wanted and (loaded.many or array != "ranges") and (loaded.named or array != "group_names")


def _weights(array: Array | None) -> Float64 | None:
    return None if array is None else np.asarray(array, dtype=np.float64)


def _checksum(path: Path, watch: Watch = unwatched) -> str:
    found = 0
    with contextlib.suppress(OSError), path.open("rb") as file:
        for part in steps("checksum", path.stat().st_size, BLOCK, 1, watch):
            found = zlib.crc32(file.read(part.stop - part.start), found)
    return f"{found:08x}"
