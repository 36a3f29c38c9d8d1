"""Dates as days since 1970-01-01, with the time as a fraction of a day.

Reads ISO 8601 (``2024-01-31``, ``2024-01-31T12:30:00Z``), year first with slashes, day or month first, and English
names of months. Years have four digits. Times with a zone are converted to UTC.
"""

import datetime as dt
import re
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import NamedTuple

from harness.datasets._reading.how import How
from harness.datasets._reading.notation import Ambiguous

EPOCH = dt.date(1970, 1, 1).toordinal()
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
LONG_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december", "sept",
)  # fmt: skip
TIME = (
    r"(?:(?:T|\s+)(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?P<part>[.,][0-9]+)?)?"
    r"\s?(?P<zone>Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
ISO = re.compile(rf"(?P<year>[0-9]{{4}})(?P<mark>[-/.])(?P<month>[0-9]{{1,2}})(?P=mark)(?P<day>[0-9]{{1,2}}){TIME}")
NUMERIC = re.compile(rf"(?P<one>[0-9]{{1,2}})(?P<mark>[-/.])(?P<two>[0-9]{{1,2}})(?P=mark)(?P<year>[0-9]{{4}}){TIME}")
NAME = f"(?P<name>(?i:{'|'.join((*LONG_MONTHS, *MONTHS))}))"
DAY_FIRST = re.compile(rf"(?P<day>[0-9]{{1,2}})[-\s]{NAME}\.?[-,\s]\s?(?P<year>[0-9]{{4}}){TIME}")
MONTH_FIRST = re.compile(rf"{NAME}\.?\s(?P<day>[0-9]{{1,2}}),?\s(?P<year>[0-9]{{4}}){TIME}")


class Dated(NamedTuple):
    """A column of dates as numbers."""

    days: list[Fraction]
    said: str


def looks_like_a_date(text: str) -> bool:
    """Whether a text has the form of a date."""
    return any(form.fullmatch(text) for form in (ISO, NUMERIC, DAY_FIRST, MONTH_FIRST))


def is_no_date(text: str) -> bool:
    """Whether a text has the form of a date but is none, such as 2024-02-30."""
    return looks_like_a_date(text) and _read(text, "dmy") is None and _read(text, "mdy") is None


def days(moment: dt.datetime) -> Fraction:
    """Days since 1970-01-01, in UTC where the moment has a zone."""
    if (offset := moment.utcoffset()) is not None:
        moment = moment.replace(tzinfo=None) - offset
    seconds = moment.hour * 3600 + moment.minute * 60 + moment.second
    return moment.toordinal() - EPOCH + Fraction(seconds * 10**6 + moment.microsecond, 86400 * 10**6)


def dated(texts: Sequence[str], how: How) -> Dated | Ambiguous | None:
    """Read a column of dates; None for any other."""
    if how.dates == "no" or not texts or not all(map(looks_like_a_date, texts)):
        return None
    if len({_zoned(text) for text in texts}) > 1:
        return Ambiguous("holds times with and without a zone; give all of them a zone, or none")
    orders = ["dmy", "mdy"] if how.dates == "auto" else [how.dates]
    found: dict[str, list[Fraction]] = {}
    for order in orders:
        read = [_read(text, order) for text in texts]
        if None not in read:
            found[order] = [each for each in read if each is not None]
    if not found:
        return None
    readings = list(found.values())
    if len(readings) > 1 and readings[0] != readings[1]:
        odd = next(i for i, (a, b) in enumerate(zip(*readings, strict=True)) if a != b)
        choices = " or ".join(f'{_iso(found[each][odd])} (dates = "{each}")' for each in found)
        return Ambiguous(f"holds {texts[odd]!r}, which may be {choices}; set this option")
    return Dated(readings[0], f"dates are read as days since 1970-01-01 ({texts[0]} is {_iso(readings[0][0])})")


def _zoned(text: str) -> bool:
    return any(
        (match := form.fullmatch(text)) is not None and match["zone"] is not None
        for form in (ISO, NUMERIC, DAY_FIRST, MONTH_FIRST)
    )


def _iso(day: Fraction) -> str:
    return dt.date.fromordinal(int(day // 1) + EPOCH).isoformat()


def _read(text: str, order: str) -> Fraction | None:
    for form, parts in FORMS:
        if match := form.fullmatch(text):
            try:
                return days(dt.datetime(*parts(match, order))) + _time(match)  # noqa: DTZ001 - a zone is removed below
            except ValueError:
                return None
    return None


def _numeric(match: re.Match[str], order: str) -> tuple[int, int, int]:
    one, two, year = int(match["one"]), int(match["two"]), int(match["year"])
    day_first = order == "dmy" or match["mark"] == "."  # with points, the day always comes first
    return (year, two, one) if day_first else (year, one, two)


def _named(match: re.Match[str], _order: str) -> tuple[int, int, int]:
    return int(match["year"]), MONTHS.index(match["name"][:3].lower()) + 1, int(match["day"])


Reader = Callable[[re.Match[str], str], tuple[int, int, int]]
FORMS: tuple[tuple[re.Pattern[str], Reader], ...] = (
    (ISO, lambda match, _order: (int(match["year"]), int(match["month"]), int(match["day"]))),
    (NUMERIC, _numeric),
    (DAY_FIRST, _named),
    (MONTH_FIRST, _named),
)


def _time(match: re.Match[str]) -> Fraction:
    if match["hour"] is None:
        return Fraction(0)
    hour, minute, second = int(match["hour"]), int(match["minute"]), int(match["second"] or 0)
    if hour > 23 or minute > 59 or second > 59:
        raise ValueError("no time of day")
    part = Fraction("0" + match["part"].replace(",", ".")) if match["part"] else Fraction(0)
    zone = match["zone"]
    offset = 0
    if zone and zone != "Z":
        digits = zone[1:].replace(":", "")
        offset = (60 * int(digits[:2]) + int(digits[2:])) * (-1 if zone[0] == "-" else 1)
    return (Fraction(hour * 3600 + (minute - offset) * 60 + second) + part) / 86400
