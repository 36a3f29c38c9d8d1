"""A measurement: one case in one round, as a line of a run file."""

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
"""Epochs that every descent keeps, as far as it reaches; a plot shows the fitted line at each."""


def now() -> str:
    """The time in UTC, as files have it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, kw_only=True)
class Descent:
    """The iterates of an iterative method at some of its epochs."""

    epochs: tuple[int, ...] = ()
    """Ascending; at most 60 or so, about evenly spaced on a logarithmic scale."""
    loss: tuple[float | None, ...] = ()
    excess_loss: tuple[float | None, ...] = ()
    """``loss`` and ``excess_loss``: mean squared error on the training rows, and its excess over the least possible;
    None where not finite."""
    coef: tuple[tuple[float | None, ...], ...] | None = None
    """In the units of the problem as fitted; only for problems with few features."""
    intercept: tuple[float | None, ...] | None = None
    stopped: str = ""
    """Why it ends before the method did; empty when it is complete."""


@dataclass(frozen=True, kw_only=True)
class Statistics:
    """A library's statistics beside standard errors and R², as in `backends.base.Inference`."""

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
    """The declared cost of a fit, as in `backends.base.Cost`."""

    flops: Amount
    bytes: Amount


@dataclass(frozen=True, kw_only=True)
class WorstFit:
    """Of many fits, the one with the fewest digits. Scores are of it; losses and the median of digits are of all."""

    number: int
    """Its index among the fits, from 0."""
    group: str = ""
    """The name of its group, ``town=Rome``, where columns of the data define the groups; else empty."""
    coef: tuple[float, ...]
    intercept: float
    coef_original: tuple[float, ...]
    intercept_original: float
    """As in `Measurement`."""
    rank: int | None = None
    """As the backend reported."""
    deficient: int | None = None
    """Fits for which the backend reported dependent columns; None where it reports no ranks."""


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
    """``seconds`` and ``cpu_seconds``: wall and processor seconds per call, one per sample, in order."""
    control: tuple[float, ...] = ()
    """Seconds of the control kernel right after each sample."""
    stream: tuple[float, ...] = ()
    """Seconds of the streaming control, taken after some samples of a large problem; empty in old runs."""
    own_seconds: tuple[float, ...] = ()
    """Seconds of each sample's last call by the method's own clock, without the communication with its program; empty
    where it has none."""
    order: tuple[int, ...] = ()
    """Each sample's index among all samples of the round."""
    repeats: int | None = None
    """Calls per sample."""
    first_call: float | None = None
    prepare: float | None = None
    """``first_call`` and ``prepare``: seconds of the first solve, and of the preparation."""
    peak_memory_bytes: int | None = None
    """Peak resident memory of the worker while the case was prepared and first solved, as if it were alone in it, plus
    that of the program it runs, if any."""
    first_use: bool | None = None
    """Whether it was the worker's first case of this backend in this precision: ``first_call`` and
    ``peak_memory_bytes`` then include what a library loads or compiles on first use. None in old runs."""
    coef: tuple[float | None, ...] | None = None
    intercept: float | None = None
    coef_original: tuple[float | None, ...] | None = None
    intercept_original: float | None = None
    """``coef`` to ``intercept_original``: in the units of the problem as fitted, and in the data's own."""
    iterations: int | None = None
    rank: int | None = None
    converged: bool | None = None
    standard_errors: tuple[float | None, ...] | None = None
    r_squared: float | None = None
    statistics: Statistics | None = None
    cost: CostRecord | None = None
    """``iterations`` to ``cost``: as the backend reported; ``cost`` is of one call."""
    worst_fit: WorstFit | None = None
    """For a case of many fits, which has no ``coef`` of its own; None for a single fit, and where not all fits are
    finite."""
    differing_fits: bool = False
    """Whether timed fits of this round differed; the worst is recorded."""
    scores: Scores = field(default_factory=Scores)
    """Empty where there is no finite answer."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """Versions that the worker imported, by distribution."""
    pools: Mapping[str, int] = field(default_factory=dict)
    """Threads of each pool that the worker had loaded at the end, by library and version."""
    data: str = ""
    """Fingerprint of the problem as fitted."""
    descent: Descent | None = None
    """Of an iterative method, in the first round only."""
    control_drift: bool = False
    """Whether the control beside the samples differed from that in the new worker, beyond the noise: something in the
    process changed its speed, so the times are unreliable and kept out of verdicts."""
    host: Host | None = None
    """The host, in a run on several machines; None for the machine of the first line."""
    notes: tuple[str, ...] = ()
    """What else a reader should know: process state that the case changed, or a failure in a shared worker that did not
    recur alone."""

    def measured_on(self, begun_on: Machine) -> Machine:
        """The machine that it was measured on, in a run started on ``begun_on``."""
        return begun_on if self.host is None else self.host.machine
