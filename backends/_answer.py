"""A program's answer: one line of JSON after a mark. Nothing in it is trusted; every number is checked."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from backends.base import Inference

MARK = b"@linbench "
"""What an answer begins with; everything else that a program prints is noise."""

REFUSALS = ("unsupported", "missing", "error")
KEYS = {
    "id", "estimates", "rank", "converged", "iterations", "seconds", "versions", *Inference._fields, *REFUSALS,
}  # fmt: skip

DECIMAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?inf(?:inity)?|[+-]?nan|NA", re.IGNORECASE)
HEXADECIMAL = re.compile(r"[+-]?0x[0-9a-f]+\.?[0-9a-f]*(?:p[+-]?\d+)?", re.IGNORECASE)
DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+(?:[eE][+-]?\d+)?")


@dataclass(frozen=True)
class Answer:
    """One answer."""

    name: str
    """The program, as messages call it."""
    elapsed: float
    """Seconds from the request to the answer, on this process's clock."""
    values: Mapping[str, Any]
    """The line's keys and values."""

    @property
    def refusal(self) -> tuple[Literal["unsupported", "missing", "error"], str] | None:
        """The kind of refusal, and why; None for an answer."""
        for kind in REFUSALS:
            if kind in self.values:
                return kind, str(self.values[kind])  # type: ignore[return-value]
        return None

    def finite(self, key: str, wanted: int) -> list[float]:
        """The ``wanted`` finite numbers under a key.

        Raises
        ------
        ValueError
            When there are more or fewer, or one is no number or not finite.
        """
        found = self.numbers(key, wanted)
        for place, value in enumerate(found, start=1):
            if not math.isfinite(value):
                raise ValueError(f"{self.name} answered {value} for number {place} of {wanted} {key}")
        return found

    def numbers(self, key: str, wanted: int) -> list[float]:
        """As `finite`, with NaN and infinity allowed.

        Raises
        ------
        ValueError
            When there are more or fewer, or one is no number.
        """
        if key not in self.values:
            raise ValueError(f"{self.name} answered no {key!r}; got {', '.join(self.values)}")
        found = numbers(self.values[key], f"{self.name} answered")
        if len(found) != wanted:
            raise ValueError(f"{self.name} answered {len(found)} {key}, wanted {wanted}")
        return found

    def whole(self, key: str) -> int | None:
        """The whole number under a key; None where there is none.

        Raises
        ------
        ValueError
            When it is something else.
        """
        value = self.values.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
            raise ValueError(f"{self.name} answered {key} {value!r}, wanted a whole number")
        return int(value)

    def own_seconds(self) -> float | None:
        """Seconds by the program's own clock; None where it reports none.

        Raises
        ------
        ValueError
            When it is negative, no number, or longer than the time that passed here.
        """
        if "seconds" not in self.values:
            return None
        (own,) = self.numbers("seconds", 1)
        if not 0 <= own <= self.elapsed * (1 + 1e-3) + 1e-6:  # two clocks of one machine differ by no more
            raise ValueError(f"{self.name} claims {own:g} s for a fit that took {self.elapsed:g} s here")
        return own


def read_answer(line: bytes, name: str, request: int, elapsed: float) -> Answer:
    """Parse a marked line.

    Raises
    ------
    ValueError
        When it is no JSON object, has a key that the protocol does not know, or answers another request.
    """
    text = line.removeprefix(MARK).strip()
    try:
        values, _ = json.JSONDecoder().raw_decode(text.decode(errors="replace"))  # an interpreter may add to a line
    except ValueError:
        values = None
    if not isinstance(values, dict):
        raise ValueError(  # noqa: TRY004 - not an argument's type
            f"{name} answered {text[:80].decode(errors='replace')!r}, wanted a JSON object"
        )
    strange = sorted(set(values) - KEYS)
    if strange:
        raise ValueError(f"{name} answered the key {strange[0]!r}, which the protocol does not have")
    if values.get("id") != request:
        raise ValueError(f"{name} answered request {values.get('id')}, wanted {request}")
    return Answer(name, elapsed, values)


def numbers(value: object, who: str) -> list[float]:
    """Numbers from a JSON number, a list of them, or text separated by spaces.

    Parameters
    ----------
    who : str
        How a message begins, ``"R answered"``.

    Raises
    ------
    ValueError
        When one is no number.
    """
    each = value.split() if isinstance(value, str) else value if isinstance(value, list) else [value]
    return [_number(item, who) for item in each]


def _number(item: object, who: str) -> float:
    if isinstance(item, int | float) and not isinstance(item, bool):
        return float(item)
    text = str(item)
    if HEXADECIMAL.fullmatch(text):
        return float.fromhex(text)
    if DECIMAL.fullmatch(text):
        return math.nan if text == "NA" else float(text)
    if DECIMAL_COMMA.fullmatch(text):
        raise ValueError(f"{who} {text!r}, with a decimal comma; wanted a point (run it with LC_ALL=C)")
    raise ValueError(f"{who} {text[:40]!r}, wanted a number")
