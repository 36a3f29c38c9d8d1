"""The answers of workers, checked as they arrive: a backend shares the worker's process and may write anything."""

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
"""A worker's text, as one line."""


@dataclass(frozen=True, kw_only=True)
class Failed:
    """A request failed; where one of many fits caused it, ``fit`` is its number."""

    status: Status
    reason: Line
    fit: Count | None = None


@dataclass(frozen=True, kw_only=True)
class Reply(Generic[T]):
    """The answer to the request of this id, or why there is none; before it, progress in ``doing``."""

    id: int
    answer: T | None = None
    failed: Failed | None = None
    doing: Line | None = None
    changed: Annotated[tuple[Line, ...], Field(max_length=30)] = ()
    """What has changed in the process since it imported its library, in words."""
    earlier: bool = False
    """Whether some of it changed before the request, so that any case of the worker may be the cause."""


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
    """A timed fit, as in `backends.base.Fit`, with the backend's own inference."""

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
    """Timed fits to a stack, as in `backends.base.Fits`, with arrays as little-endian bytes in base64."""

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
    """Iterates at some epochs; ``late`` where time ran out before the method ended."""

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
    """The machine's peak rates; the fields are those of `harness.machine.Roof`."""

    flops_per_second: Mapping[str, Rate]
    bytes_per_second: Rate


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """A dataset is loaded, and its arrays are saved under the names that were given."""

    record: ProblemRecord
    """Without its fingerprint and its certification."""
    intercept: bool
    l2: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    has_test: bool
    """Whether there is a test set."""
    many: bool = False
    """Whether the rows make many problems."""
    weighted: bool = False
    """Whether rows have weights."""
    named: bool = False
    """Whether the groups of the many problems have names."""


@dataclass(frozen=True, kw_only=True)
class Ready:
    """A child process is ready for requests."""
