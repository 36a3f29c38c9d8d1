"""The `[plan]` of a suite: how it is measured."""

import re
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from harness.limits import MOST_ROUNDS, MOST_SECONDS, MOST_THREADS

_UNITS = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}


def parse_bytes(value: object) -> object:
    """Convert ``"8 GiB"`` to bytes; anything but text is returned unchanged, for the type check.

    Raises
    ------
    ValueError
        When the text is not a number with a unit of memory.
    """
    if not isinstance(value, str):
        return value
    match = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]+)\s*", value)
    if match is None or match[2].upper() not in _UNITS:
        raise ValueError('wanted bytes as a number, or text such as "8 GiB" or "500 MB"')
    try:
        return round(float(match[1]) * _UNITS[match[2].upper()])
    except OverflowError:
        raise ValueError("wanted at most 1 EiB") from None


class Checked(BaseModel):
    """A frozen table with no unknown keys and strictly checked types."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Plan(Checked):
    """How a suite is measured."""

    rounds: Annotated[int, Field(ge=1, le=MOST_ROUNDS)] = 1
    """Rounds, each in fresh processes; with ``precision`` the maximum."""
    precision: Annotated[float | None, Field(gt=0, lt=1, allow_inf_nan=False)] = None
    """Relative half-width of a time's 95 % interval over its rounds at which the case is left out of further rounds;
    None to measure every case in all rounds."""
    seconds: Annotated[float, Field(gt=0, le=MOST_SECONDS, allow_inf_nan=False)] = 0.3
    """Seconds of samples per case and round."""
    limit: Annotated[float, Field(gt=0, le=MOST_SECONDS, allow_inf_nan=False)] = 60
    """Seconds per case and round, after which it is a ``timeout``."""
    memory: Annotated[int, BeforeValidator(parse_bytes), Field(ge=2**20, le=2**60)] = 8 * 2**30
    """Bytes of a worker and its child processes at which it is ``out_of_memory``; in a file also text such as "8
    GiB"."""
    threads: Annotated[int, Field(ge=1, le=MOST_THREADS)] = 1
    """Threads of every thread pool in every worker."""
    isolate: Literal["library", "case"] = "library"
    """Whether the cases of one library share a worker, or each case has its own. The latter starts more slowly and
    needs memory for all cases of a dataset at once, but no case can disturb another."""
    data: Literal["auto", "memory", "disk"] = "auto"
    """Where datasets are loaded: in memory, or streamed to disk if they come in blocks; ``auto`` streams those that
    would take more than a quarter of the memory."""
