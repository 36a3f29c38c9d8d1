"""The `[plan]` of a suite: how it is measured."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

_UNITS = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}


def parse_bytes(value: object) -> object:
    """``"8 GiB"`` in bytes; what is no such text is given back as it is, for the type check to judge.

    Raises
    ------
    ValueError
        When the text is no number with a unit of memory.
    """
    if not isinstance(value, str):
        return value
    match = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]+)\s*", value)
    if match is None or match[2].upper() not in _UNITS:
        raise ValueError('wanted bytes as a number, or text such as "8 GiB" or "500 MB"')
    return round(float(match[1]) * _UNITS[match[2].upper()])


class Checked(BaseModel):
    """A frozen table that takes no key it does not know and no type but the one declared."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Plan(Checked):
    """How a suite is measured."""

    rounds: Annotated[int, Field(ge=1)] = 1
    """Fresh processes that every cell is measured in; at most so many where a precision is given."""
    precision: Annotated[float | None, Field(gt=0, lt=1, allow_inf_nan=False)] = None
    """Half-width of a time's 95 % interval over its rounds, relative, at which the cell is known well enough and left
    out of further rounds; None where every cell gets all of them."""
    seconds: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 0.3
    """Seconds of samples a cell and round."""
    limit: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 60
    """Seconds after which a cell is a ``timeout``, a round."""
    memory: Annotated[int, BeforeValidator(parse_bytes), Field(ge=2**20)] = 8 * 2**30
    """Bytes of private memory at which a worker is ``out_of_memory``; in a file also text such as "8 GiB"."""
    threads: Annotated[int, Field(ge=1)] = 1
    """Threads of every pool in every worker."""
