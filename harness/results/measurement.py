"""What was measured: one case in one round, as a line of a run file has it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from datetime import UTC, datetime
from typing import Any, Literal, get_args

__all__ = ["FAILED", "SEVERITY", "Measurement", "Status", "json_text", "now"]

Status = Literal[
    "ok", "not_converged", "diverged", "unsupported", "missing", "error", "crashed", "timeout", "out_of_memory"
]
FAILED: frozenset[str] = frozenset({"error", "crashed", "timeout", "out_of_memory"})
"""The statuses that end the command with exit code 3."""

SEVERITY = {status: i for i, status in enumerate(get_args(Status))}


def now() -> str:
    """The time, in UTC, as every file has it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def json_text(value: object, *, indent: int | None = None) -> str:
    """JSON that any reader takes: a number that is not finite is null."""
    return json.dumps(_finite(value), allow_nan=False, ensure_ascii=False, indent=indent)


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _finite(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    return value


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """One case in one round.

    Attributes
    ----------
    case : str
        The case's id.
    round : int
        From 0.
    status : str
    reason : str
        Why the status is not ``ok``; empty when it is.
    started : str
        UTC.
    seconds, cpu_seconds : tuple of float
        Wall and processor seconds a call, one a sample, in the order they were taken.
    control : tuple of float
        Seconds of the control kernel right after each sample.
    order : tuple of int
        Each sample's place among all samples of the round.
    repeats : int or None
        Calls a sample.
    first_call, prepare : float or None
        Seconds of the first solve and of the preparation.
    peak_memory_bytes : int or None
        Resident memory of the worker at its highest while the case was prepared and first solved, as if it were
        alone in it.
    first_use : bool or None
        Whether the worker had opened no other cell of this backend in this precision before: what a library loads or
        compiles when it is first used is then in ``first_call`` and ``peak_memory_bytes``, else not. None in runs that
        do not say.
    coef, intercept, coef_original, intercept_original
        In the units of the problem as fitted, and in the data's own.
    iterations, rank, converged, standard_errors, r_squared
        As the backend said.
    differing_fits : bool
        Whether timed fits of this round differed from one another; the worst is the one recorded.
    scores : dict
        `harness.metrics.Scores` by name.
    versions : dict
        What the worker had imported.
    pools : dict
        Threads of each pool that the worker had loaded by the end, by library and version.
    data : str
        Fingerprint of the problem as fitted: figures over different data are never compared.
    """

    case: str
    round: int
    status: Status
    reason: str = ""
    started: str = ""
    seconds: tuple[float, ...] = ()
    cpu_seconds: tuple[float, ...] = ()
    control: tuple[float, ...] = ()
    order: tuple[int, ...] = ()
    repeats: int | None = None
    first_call: float | None = None
    prepare: float | None = None
    peak_memory_bytes: int | None = None
    first_use: bool | None = None
    coef: tuple[float | None, ...] | None = None
    intercept: float | None = None
    coef_original: tuple[float | None, ...] | None = None
    intercept_original: float | None = None
    iterations: int | None = None
    rank: int | None = None
    converged: bool | None = None
    standard_errors: tuple[float | None, ...] | None = None
    r_squared: float | None = None
    differing_fits: bool = False
    scores: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    pools: Mapping[str, int] = field(default_factory=dict)
    data: str = ""

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Measurement:
        """From a line of a run file; keys that this version does not know are left out.

        Raises
        ------
        TypeError
            When one is missing that a measurement must have.
        """
        if missing := REQUIRED - record.keys():
            raise TypeError(", ".join(sorted(missing)))
        kept = record if record.keys() <= DEFAULTS.keys() else {key: record[key] for key in record.keys() & DEFAULTS}
        measurement = object.__new__(cls)  # a frozen class's __init__ takes 9 µs, a third of what reading a line does
        values = measurement.__dict__
        values.update(DEFAULTS)
        values.update(kept)
        for key in LISTS:
            if values[key] is not None:
                values[key] = tuple(values[key])
        return measurement


REQUIRED = {each.name for each in fields(Measurement) if each.default is each.default_factory is MISSING}
DEFAULTS = {each.name: {} if each.default is MISSING else each.default for each in fields(Measurement)}
LISTS = tuple(each.name for each in fields(Measurement) if str(each.type).startswith("tuple"))
