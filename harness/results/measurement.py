"""What was measured: one case in one round, as a line of a run file has it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Literal, get_args

from pydantic import Field

from harness.judgement import Scores
from harness.machine import Host, Machine

Status = Literal[
    "ok", "not_converged", "diverged", "unsupported", "missing", "error", "crashed", "timeout", "out_of_memory"
]
FAILED: frozenset[Status] = frozenset({"error", "crashed", "timeout", "out_of_memory"})
"""The statuses that end the command with exit code 3."""

SEVERITY: Mapping[Status, int] = {status: i for i, status in enumerate(get_args(Status))}

SHOWN_EPOCHS = (500, 2500, 10_000)
"""Epochs that every descent keeps, as far as it goes: a plot shows the line at each."""


def now() -> str:
    """The time, in UTC, as every file has it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, kw_only=True)
class Descent:
    """The way of an iterative method to its answer, at some of its epochs."""

    epochs: tuple[int, ...] = ()
    """Rising; at most 60 or so, at about equal ratios."""
    loss: tuple[float | None, ...] = ()
    excess_loss: tuple[float | None, ...] = ()
    """Mean squared error on the training rows, and what it has beyond the least possible; None where not finite."""
    coef: tuple[tuple[float | None, ...], ...] | None = None
    """In the units of the problem as fitted; kept of problems with few features only."""
    intercept: tuple[float | None, ...] | None = None
    stopped: str = ""
    """Why it ends before the method did; empty when it does not."""


@dataclass(frozen=True, kw_only=True)
class Statistics:
    """What a library says of its fit beside standard errors and R², as `backends.base.Inference` has it."""

    t_values: tuple[float | None, ...] | None = None
    p_values: tuple[float | None, ...] | None = None
    confidence_low: tuple[float | None, ...] | None = None
    confidence_high: tuple[float | None, ...] | None = None
    residual_deviation: float | None = None
    adjusted_r_squared: float | None = None
    f_value: float | None = None
    f_p_value: float | None = None
    log_likelihood: float | None = None
    aic: float | None = None
    bic: float | None = None


Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]


@dataclass(frozen=True, kw_only=True)
class CostRecord:
    """What a fit costs by the formulas of its method, as `backends.base.Cost` has it."""

    flops: Amount
    bytes: Amount


@dataclass(frozen=True, kw_only=True)
class WorstFit:
    """Of many fits, the one of fewest digits, which scores are of; the losses and the median of digits are of all."""

    number: int
    """Its place among the fits, from 0."""
    group: str = ""
    """What its group is called, ``town=Rome``, where columns of the data make the groups; empty elsewhere."""
    coef: tuple[float, ...]
    intercept: float
    coef_original: tuple[float, ...]
    intercept_original: float
    """As a measurement has them of a single fit."""
    rank: int | None = None
    """As the backend said."""
    deficient: int | None = None
    """Fits of which the backend said that columns are dependent; None where it says nothing of ranks."""


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """One case in one round."""

    case: str
    """The case's id."""
    round: int
    """From 0."""
    status: Status
    reason: str = ""
    """Why the status is not ``ok``; empty when it is."""
    started: str = ""
    """UTC."""
    seconds: tuple[float, ...] = ()
    cpu_seconds: tuple[float, ...] = ()
    """Wall and processor seconds per call, one per sample, in the order they were taken."""
    control: tuple[float, ...] = ()
    """Seconds of the control kernel right after each sample."""
    stream: tuple[float, ...] = ()
    """Seconds of the streaming control, now and then after a sample of a large problem; empty in runs before there was
    one."""
    own_seconds: tuple[float, ...] = ()
    """Seconds of the last call of each sample by the method's own clock, without the talk between the programs; empty
    where it has none."""
    order: tuple[int, ...] = ()
    """Each sample's place among all samples of the round."""
    repeats: int | None = None
    """Calls per sample."""
    first_call: float | None = None
    prepare: float | None = None
    """Seconds of the first solve and of the preparation."""
    peak_memory_bytes: int | None = None
    """Resident memory of the worker at its highest while the case was prepared and first solved, as if it were alone in
    it, and that of the program that it asked, where it asked one."""
    first_use: bool | None = None
    """Whether the worker had opened no other case of this backend in this precision before: what a library loads or
    compiles when it is first used is then in ``first_call`` and ``peak_memory_bytes``, else not. None in runs that do
    not say."""
    coef: tuple[float | None, ...] | None = None
    intercept: float | None = None
    coef_original: tuple[float | None, ...] | None = None
    intercept_original: float | None = None
    """The coefficients in the units of the problem as fitted, and in the data's own."""
    iterations: int | None = None
    rank: int | None = None
    converged: bool | None = None
    standard_errors: tuple[float | None, ...] | None = None
    r_squared: float | None = None
    statistics: Statistics | None = None
    cost: CostRecord | None = None
    """These seven are as the backend said; ``cost`` is of one call."""
    worst_fit: WorstFit | None = None
    """Where many fits were asked for, which have no ``coef`` of their own here; None of a single one, and of fits that
    are not all finite."""
    differing_fits: bool = False
    """Whether timed fits of this round differed from one another; the worst is the one recorded."""
    scores: Scores = field(default_factory=Scores)
    """Empty where there is no finite answer."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """What the worker had imported."""
    pools: Mapping[str, int] = field(default_factory=dict)
    """Threads of each pool that the worker had loaded by the end, by library and version."""
    data: str = ""
    """Fingerprint of the problem as fitted: numbers over different data are never compared."""
    descent: Descent | None = None
    """Of an iterative method, in the first round alone."""
    control_drift: bool = False
    """Whether the control beside the samples was another than when the worker was new, beyond the noise: something in
    the process made it slower or faster, so the times say nothing and are kept out of verdicts."""
    host: Host | None = None
    """Where it was measured, where the run was measured on several machines; None on the one that the first line
    names."""
    notes: tuple[str, ...] = ()
    """What else a reader must know: state of its process that the case changed, a failure beside other cases that it
    did not have alone."""

    def measured_on(self, begun_on: Machine) -> Machine:
        """The machine that it was measured on, in a run that was begun on that one."""
        return begun_on if self.host is None else self.host.machine
