"""What workers answer, checked the moment it arrives: a backend shares their process and may say anything."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Generic, TypeVar

from pydantic import AfterValidator, Field

from harness.results import CostRecord, ProblemRecord, Statistics, Status

T = TypeVar("T")

Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Rate = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0, le=2**53)]
Line = Annotated[str, AfterValidator(lambda text: " ".join(text.split())[:500])]
"""Text of a worker's, in one line."""


@dataclass(frozen=True, kw_only=True)
class Failed:
    """A request that could not be done, because of one of many fits where there is a ``fit``."""

    status: Status
    reason: Line
    fit: Count | None = None


@dataclass(frozen=True, kw_only=True)
class Reply(Generic[T]):
    """The answer to the request of this id, or why there is none; or, while it is still to come, what is being done."""

    id: int
    answer: T | None = None
    failed: Failed | None = None
    doing: Line | None = None
    changed: Annotated[tuple[Line, ...], Field(max_length=30)] = ()
    """State of the process that is no longer as it was when its library had been imported, in words."""
    earlier: bool = False
    """Whether some of it was changed before the request, so that any case of the worker may have done it."""


@dataclass(frozen=True, kw_only=True)
class Greeting:
    """The library is imported."""

    import_seconds: Seconds
    versions: Mapping[str, Line]
    pools: Mapping[str, int]
    """Threads of each pool that threadpoolctl finds."""
    control: Annotated[tuple[Seconds, ...], Field(min_length=1)]
    """Seconds of the control kernel before anything but NumPy was imported."""


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A case is prepared and has been called once; the fields are those of `harness.results.Measurement`."""

    prepare: Seconds
    first_call: Seconds
    peak_memory_bytes: Count | None
    first_use: bool
    versions: Mapping[str, Line] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Sampled:
    """Samples of a case: seconds per call, of so many calls each, and of the control after each.

    ``stream`` is of the streaming control, at most one per request; empty where none was due.
    ``own_seconds`` are the last call's of each sample by the method's own clock; empty where it has none.
    """

    repeats: Annotated[int, Field(ge=1)]
    seconds: tuple[Seconds, ...]
    cpu_seconds: tuple[Seconds, ...]
    control: tuple[Seconds, ...]
    stream: Annotated[tuple[Seconds, ...], Field(max_length=1)] = ()
    own_seconds: tuple[Seconds, ...] = ()


@dataclass(frozen=True, kw_only=True)
class FitAnswer:
    """A timed fit, as `backends.base.Fit` has it, with the backend's own inference."""

    coef: tuple[float, ...]
    intercept: float
    converged: bool
    iterations: Count | None
    rank: Count | None
    standard_errors: tuple[float, ...] | None
    r_squared: float | None
    statistics: Statistics | None = None
    cost: CostRecord | None = None


@dataclass(frozen=True, kw_only=True)
class FitsAnswer:
    """Timed fits to a stack, as `backends.base.Fits` has them: arrays as little-endian bytes in base64."""

    many: Annotated[int, Field(ge=1)]
    coef: str
    intercept: str
    converged: str
    iterations: str | None
    rank: str | None


@dataclass(frozen=True, kw_only=True)
class Closed:
    """The timed fits that differ from one another, and the threads of each pool by then."""

    fits: Annotated[tuple[FitAnswer | FitsAnswer, ...], Field(min_length=1, max_length=8)]
    differing_fits: bool
    pools: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Descended:
    """Iterates at some epochs; ``late`` where the time was over before the method ended."""

    epochs: tuple[Count, ...]
    coef: tuple[tuple[float, ...], ...]
    intercept: tuple[float, ...]
    late: bool


@dataclass(frozen=True, kw_only=True)
class Controlled:
    """Samples of the control alone."""

    seconds: tuple[Seconds, ...]


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What the machine can do at most; the fields are those of `harness.machine.Roof`."""

    flops_per_second: Mapping[str, Rate]
    bytes_per_second: Rate


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """A dataset is loaded, and its arrays are saved under the names that were given."""

    record: ProblemRecord
    """Without its fingerprint, and without what certifies it."""
    intercept: bool
    l2: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    has_test: bool
    """Whether there are rows kept back."""
    many: bool = False
    """Whether the rows make many problems."""
    weighted: bool = False
    """Whether rows have weights."""
    named: bool = False
    """Whether the many problems are of groups that have names."""


@dataclass(frozen=True, kw_only=True)
class Ready:
    """A child process is ready to be asked."""
