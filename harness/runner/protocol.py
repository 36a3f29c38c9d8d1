"""What workers answer, checked the moment it arrives: a backend shares their process and may say anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

from pydantic import Field

from harness.results import Status

__all__ = [
    "Closed", "Controlled", "Descended", "Failed", "FitAnswer", "Greeting", "Opened", "Reply", "Sampled", "Seconds",
]  # fmt: skip

T = TypeVar("T")

Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


@dataclass(frozen=True, kw_only=True)
class Failed:
    """A request that could not be done."""

    status: Status
    reason: str


@dataclass(frozen=True, kw_only=True)
class Reply(Generic[T]):
    """The answer to the request of this id, or why there is none."""

    id: int
    answer: T | None = None
    failed: Failed | None = None


@dataclass(frozen=True, kw_only=True)
class Greeting:
    """The library is imported.

    Attributes
    ----------
    import_seconds : float
    versions : mapping of str to str
    pools : mapping of str to int, or None
        Threads of each pool; None where threadpoolctl is not installed.
    """

    import_seconds: Seconds
    versions: Mapping[str, str]
    pools: Mapping[str, int] | None


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A case is prepared and calibrated; the fields are those of `harness.results.Measurement`."""

    prepare: Seconds
    first_call: Seconds
    repeats: Annotated[int, Field(ge=1)]
    peak_memory_bytes: int | None
    first_use: bool


@dataclass(frozen=True, kw_only=True)
class Sampled:
    """Samples of a case: seconds per call, and of the control after each."""

    seconds: tuple[Seconds, ...]
    cpu_seconds: tuple[Seconds, ...]
    control: tuple[Seconds, ...]


@dataclass(frozen=True, kw_only=True)
class FitAnswer:
    """A timed fit, as `backends.base.Fit` has it, with the backend's own inference."""

    coef: tuple[float, ...]
    intercept: float
    converged: bool
    iterations: int | None
    rank: int | None
    standard_errors: tuple[float, ...] | None
    r_squared: float | None


@dataclass(frozen=True, kw_only=True)
class Closed:
    """The timed fits that differ from one another, and the threads of each pool by then."""

    fits: Annotated[tuple[FitAnswer, ...], Field(min_length=1)]
    differing_fits: bool
    pools: Mapping[str, int] | None


@dataclass(frozen=True, kw_only=True)
class Descended:
    """Iterates at some epochs; ``late`` where the time was over before the method ended."""

    epochs: tuple[int, ...]
    coef: tuple[tuple[float, ...], ...]
    intercept: tuple[float, ...]
    late: bool


@dataclass(frozen=True, kw_only=True)
class Controlled:
    """Samples of the control alone."""

    seconds: tuple[Seconds, ...]
