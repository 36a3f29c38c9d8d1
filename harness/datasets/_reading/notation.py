"""Numbers in other notations than plain decimals: decimal commas, thousands separators, per cent, currencies.

A convention is a decimal mark with a thousands separator. Those that can read every text of a column are its
candidates. If they disagree on a number (``1,234`` may be 1234 or 1.234), the user is asked.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from harness.datasets._reading.decimals import is_decimal
from harness.datasets._reading.how import How

CURRENCY = "(?:[$£¥\u20a0-\u20c0]|AUD|BRL|CAD|CHF|CNY|DKK|EUR|GBP|INR|JPY|KRW|MXN|NOK|NZD|PLN|SEK|USD|ZAR)"
"""Currency signs, with € and ₹, and some currency codes."""

SPACES = "\u00a0\u202f\u2009\u2007"
"""Spaces between groups of digits besides the plain one: no-break, narrow no-break, thin, digit-wide."""

DECORATED = re.compile(
    rf"(?P<sign>[+−-]?)\s?(?P<before>{CURRENCY}?)\s?(?P<inner>[+−-]?)"
    rf"(?P<body>[0-9.,](?:[0-9.,'’ {SPACES}]*[0-9.,])?)(?P<power>(?:[eE][+−-]?[0-9]+|[dD][+-][0-9]+)?)"
    rf"\s?(?P<percent>%?)\s?(?P<after>{CURRENCY}?)"
)


class Convention(NamedTuple):
    """A way to write numbers."""

    decimal: str
    """One of ``"."``, ``","``."""
    thousands: str
    """One of ``"none"``, ``","``, ``"."``, ``" "``, ``"'"``."""

    def in_words(self) -> str:
        """The options that select it."""
        return f'decimal = "{self.decimal}" and thousands = "{self.thousands}"'


ALL = tuple(
    Convention(mark, thousands)
    for mark in (".", ",")
    for thousands in ("none", ",", ".", " ", "'")
    if mark != thousands
)


class Notated(NamedTuple):
    """A column of such numbers as plain decimals."""

    texts: list[str]
    """Plain decimals."""
    convention: Convention
    said: tuple[str, ...]
    """Notes on what was removed."""
    shows_comma: bool
    """Whether it certainly has decimal commas."""


@dataclass(frozen=True)
class Ambiguous:
    """A question to the user, in the words that follow the column's name."""

    question: str


class _Parts(NamedTuple):
    sign: str
    body: str
    power: str
    percent: bool
    currency: str


def looks_like_a_number(text: str) -> bool:
    """Whether some convention can read it."""
    parts = _parts(text)
    return parts is not None and any(_plain(parts.body, each) is not None for each in ALL)


def has_unit(text: str) -> bool:
    """Whether it is a number with a per cent or currency sign."""
    parts = _parts(text)
    return parts is not None and (parts.percent or bool(parts.currency))


def conventions(how: How) -> tuple[Convention, ...]:
    """The conventions that the options allow."""
    return tuple(
        each for each in ALL if how.decimal in ("auto", each.decimal) and how.thousands in ("auto", each.thousands)
    )


def notated(texts: Sequence[str], how: How, *, plain_too: bool = False) -> Notated | Ambiguous | None:
    """Read a column; None unless all texts are such numbers.

    Parameters
    ----------
    texts : sequence of str
        Without missing values.
    plain_too : bool
        Whether to doubt plain decimals as well: in a file that seems to have decimal commas, ``1.234`` may be 1234.
    """
    parts = [_parts(text) for text in texts]
    known = [each for each in parts if each is not None]
    bracketed = [text for text in texts if _is_bracketed(text)]
    if len(known) < len(parts) or len(bracketed) == len(texts):
        return None
    unit = _unit(texts, known)
    if isinstance(unit, Ambiguous):
        return unit
    candidates = conventions(how)
    bodies = list(dict.fromkeys(each.body for each in known))
    for body in bodies:
        candidates = tuple(each for each in candidates if _plain(body, each) is not None)
    if not candidates:
        return None
    if not plain_too and unit in ("", "%") and Convention(".", "none") in candidates:
        candidates = (Convention(".", "none"),)  # plain decimals, perhaps with %; prices are doubted
    if (question := _question(bodies, candidates)) is not None:
        return question
    chosen = candidates[0]
    plain = {body: _plain(body, chosen) or "" for body in bodies}
    shift = -2 if unit == "%" and how.percent == "fraction" else 0
    below = (f"{bracketed[0]} is read as a number below 0",) if bracketed else ()
    said = (*_unit_note(unit, how), *_convention_note(bodies, candidates), *below)
    return Notated(
        [_text(each, plain[each.body], shift) for each in known],
        chosen,
        said,
        shows_comma=all(each.decimal == "," for each in candidates) and any("," in body for body in bodies),
    )


def _parts(text: str) -> _Parts | None:
    bracketed = _is_bracketed(text)
    match = DECORATED.fullmatch(text[1:-1] if bracketed else text)
    if match is None or (match["sign"] and match["inner"]) or (match["before"] and match["after"]):
        return None
    currency = match["before"] or match["after"]
    if currency and match["percent"]:
        return None
    sign = (match["sign"] or match["inner"]).replace("−", "-")
    if bracketed:
        if sign:
            return None
        sign = "-"
    power = match["power"].replace("−", "-")
    return _Parts(sign, match["body"], power and f"e{power[1:]}", bool(match["percent"]), currency)


def _is_bracketed(text: str) -> bool:
    """Whether it is negative as accountants write it: ``(5)``."""
    return text.startswith("(") and text.endswith(")")


def _unit(texts: Sequence[str], parts: Sequence[_Parts]) -> str | Ambiguous:
    """The unit that all values of a column have; "" for none."""
    units = ["%" if each.percent else each.currency for each in parts]
    if len(set(units)) == 1:
        return units[0]
    first = units[0]
    other = next(i for i, each in enumerate(units) if each != first)
    return Ambiguous(
        f"holds {texts[0]!r} and {texts[other]!r}, which have different units; give all of them in one unit"
    )


@cache
def _pattern(convention: Convention) -> re.Pattern[str]:
    mark = re.escape(convention.decimal)
    whole = "[0-9]+"
    if convention.thousands != "none":
        between = {" ": f"[ {SPACES}]", "'": "['’]"}.get(convention.thousands, re.escape(convention.thousands))
        groups = f"[1-9][0-9]{{0,2}}(?:{between}[0-9]{{3}})+"
        if convention.thousands == ",":  # and Indian grouping: 12,34,567
            groups = f"(?:{groups}|[1-9][0-9]?(?:,[0-9]{{2}})+,[0-9]{{3}})"
        whole = f"(?:{groups}|[0-9]+)"
    return re.compile(f"{whole}(?:{mark}[0-9]*)?|{mark}[0-9]+")


@cache
def _plain_cached(body: str, convention: Convention) -> str | None:
    if _pattern(convention).fullmatch(body) is None:
        return None
    kept = [c for c in body if c.isdigit() or c == convention.decimal]
    text = "".join(kept).replace(convention.decimal, ".")
    return text if is_decimal(text) else None


def _plain(body: str, convention: Convention) -> str | None:
    """The body as a plain decimal under a convention; None if it cannot read it."""
    return _plain_cached(body, convention) if len(body) < 40 else _plain_cached.__wrapped__(body, convention)


def _question(bodies: Sequence[str], candidates: Sequence[Convention]) -> Ambiguous | None:
    for body in bodies:
        ways: dict[float, Convention] = {}
        for each in candidates:
            ways.setdefault(float(_plain(body, each) or "nan"), each)
        if len(ways) > 1:
            shown = {number: repr(number).removesuffix(".0") for number in ways}
            readings = " or ".join(f"{shown[number]} ({each.in_words()})" for number, each in list(ways.items())[:2])
            return Ambiguous(f"holds {body!r}, which may be {readings}; set these options")
    return None


def _text(parts: _Parts, plain: str, shift: int) -> str:
    if not shift:
        return f"{parts.sign}{plain}{parts.power}"
    return f"{parts.sign}{plain}e{int(parts.power[1:] or '0') + shift}"


def _unit_note(unit: str, how: How) -> tuple[str, ...]:
    if not unit:
        return ()
    if unit != "%":
        return (f"{unit} is removed",)
    if how.percent == "fraction":
        return ("% is divided by 100",)
    return ('% is removed, so that 45% is 45 (percent = "fraction" makes it 0.45)',)


def _convention_note(bodies: Sequence[str], candidates: Sequence[Convention]) -> tuple[str, ...]:
    example = max(bodies, key=lambda body: (not is_decimal(body), len(body)))
    if example.isdecimal() or (is_decimal(example) and Convention(".", "none") in candidates):
        return ()
    return (f"{example} is read as {_plain(example, candidates[0])}",)
