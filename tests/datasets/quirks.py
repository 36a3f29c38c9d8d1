"""Small files as people have them, made by code: each quirk alone and every pair of those that can stand together."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

__all__ = ["ALONE", "PAIRS", "Sheet"]

AREA = ("1250.5", "980.25", "2310.75", "1875", "640.5", "1432.125")
ROOMS = ("3", "2", "5", "4", "1", "3")
PRICE = ("312500.5", "198000.75", "1410000", "455900.25", "99000.5", "287350.125")


@dataclass(frozen=True)
class Sheet:
    """A table and how it is written; the numbers themselves are always those above.

    Attributes
    ----------
    kept : tuple of int
        The rows that have every value.
    """

    separator: str = ","
    decimal: str = "."
    thousands: str = ""
    encoding: str = "utf-8"
    bom: bytes = b""
    header: bool = True
    names: tuple[str, str, str] = ("area", "rooms", "price")
    before: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    between: str = ""
    newline: str = "\n"
    end_of_row: str = ""
    quote_all: bool = False
    padding: str = ""
    prefix: str = ""
    suffix: str = ""
    gaps: tuple[tuple[int, int, str], ...] = ()
    last_newline: bool = True
    exponent: bool = False
    plus: bool = False

    @property
    def kept(self) -> tuple[int, ...]:
        without = {row for row, _, _ in self.gaps}
        return tuple(i for i in range(len(AREA)) if i not in without)

    def numbers(self) -> tuple[list[list[float]], list[float]]:
        """X and y as they should be read."""
        X = [[float(AREA[i]), float(ROOMS[i])] for i in self.kept]
        return X, [float(PRICE[i]) for i in self.kept]

    def columns(self) -> tuple[tuple[str, str], str]:
        """The names to ask for."""
        return (("c1", "c2"), "c3") if not self.header else (self.names[:2], self.names[2])

    def content(self) -> bytes:
        lines = list(self.before)
        if self.header:
            lines.append(self._line(self.names))
        if self.units:
            lines.append(self._line(self.units))
        for i, row in enumerate(zip(AREA, ROOMS, PRICE, strict=True)):
            cells = [self._cell(text, i, j) for j, text in enumerate(row)]
            lines.append(self._line(cells))
            if self.between and i == 2:
                lines.append(self.between)
        text = self.newline.join(lines) + (self.newline if self.last_newline else "")
        return self.bom + text.encode(self.encoding)

    def _line(self, cells: Sequence[str]) -> str:
        return self.separator.join(map(self._quoted, cells)) + self.end_of_row

    def _quoted(self, cell: str) -> str:
        needed = self.separator in cell or (self.separator == " " and " " in cell)
        padded = f"{self.padding}{cell}{self.padding}"
        return f'"{cell}"' if self.quote_all or needed else padded

    def _cell(self, text: str, row: int, column: int) -> str:
        for at_row, at_column, marker in self.gaps:
            if (at_row, at_column) == (row, column):
                return marker
        if column == 1:
            return text
        sign = "+" if self.plus else ""
        if self.exponent:
            return f"{sign}{Decimal(text):.12E}".replace(".", self.decimal)
        whole, _, part = text.partition(".")
        if self.thousands:
            whole = f"{int(whole):,}".replace(",", self.thousands)
        return f"{self.prefix}{sign}{whole}" + (self.decimal + part if part else "") + self.suffix


Change = Callable[[Sheet], Sheet | None]


def _set(**changes: Any) -> Change:
    """A quirk that sets fields of a sheet; it cannot stand beside one that has set any of them."""

    def change(sheet: Sheet) -> Sheet | None:
        plain = Sheet()
        taken = any(getattr(sheet, name) != getattr(plain, name) for name in changes)
        return None if taken else replace(sheet, **changes)

    return change


QUIRKS: dict[str, Change] = {
    "semicolons": _set(separator=";"),
    "tabs": _set(separator="\t"),
    "vertical bars": _set(separator="|"),
    "spaces": _set(separator=" "),
    "decimal commas": _set(decimal=","),
    "commas between thousands": _set(thousands=","),
    "points between thousands": _set(thousands="."),
    "spaces between thousands": _set(thousands=" "),
    "no-break spaces between thousands": _set(thousands="\u00a0"),
    "apostrophes between thousands": _set(thousands="'"),
    "windows' western encoding": _set(encoding="cp1252", names=("Fläche", "rooms", "Preis €")),
    "UTF-8 with a mark": _set(bom=b"\xef\xbb\xbf"),
    "UTF-16": _set(encoding="utf-16"),
    "UTF-16 without a mark": _set(encoding="utf-16-le"),
    "no header": _set(header=False),
    "units below the names": _set(units=("m²", "-", "USD")),
    "comments first": _set(before=("# measured by hand", "# in 2024, twice")),
    "a comment between": _set(between="# a new day"),
    "a blank line between": _set(between=""" """),
    "what Excel declares": _set(before=("sep=;",), separator=";"),
    "windows' line ends": _set(newline="\r\n"),
    "old line ends": _set(newline="\r"),
    "a separator at each end": _set(end_of_row="SEPARATOR"),
    "quotes about everything": _set(quote_all=True),
    "white space about values": _set(padding="  "),
    "dollars": _set(prefix="$"),
    "francs": _set(prefix="CHF "),
    "euros behind": _set(suffix=" €"),
    "question marks": _set(gaps=((1, 0, "?"), (4, 2, "?"))),
    "blanks": _set(gaps=((0, 1, ""), (0, 2, ""))),
    "NA": _set(gaps=((3, 0, "NA"), (5, 1, "n/a"))),
    "hyphens": _set(gaps=((2, 2, "-"),)),
    "null and NaN": _set(gaps=((2, 2, "NULL"), (3, 0, "NaN"))),
    "no last line end": _set(last_newline=False),
    "exponents": _set(exponent=True),
    "plus signs": _set(plus=True),
    "odd names": _set(names=("living area, m²", "rooms (all)", "price|net;gross")),
    "names that are years": _set(names=("2019", "2020", "2021")),
}

IMPOSSIBLE = {
    frozenset(pair)
    for pair in (
        ("spaces", "a separator at each end"),  # white space at an end is nothing
        ("spaces", "white space about values"),
        ("spaces", "blanks"),  # a gap between spaces is none: a short row, which the faults have
        ("commas between thousands", "decimal commas"),
        ("exponents", "dollars"),
        ("exponents", "euros behind"),
        ("exponents", "commas between thousands"),
        ("exponents", "points between thousands"),
        ("exponents", "spaces between thousands"),
        ("exponents", "no-break spaces between thousands"),
        ("exponents", "apostrophes between thousands"),
        ("names that are years", "no header"),
        ("odd names", "no header"),
        ("windows' western encoding", "no header"),
        ("windows' western encoding", "UTF-16"),
        ("windows' western encoding", "UTF-8 with a mark"),
        ("no header", "what Excel declares"),
        ("no header", "units below the names"),
    )
}


def _finished(sheet: Sheet) -> Sheet:
    """Points between thousands go with decimal commas; a separator at each end is the sheet's own."""
    if sheet.thousands == "." and sheet.decimal == ".":
        sheet = replace(sheet, decimal=",")
    if sheet.bom and sheet.encoding != "utf-8":
        sheet = replace(sheet, bom=b"")
    return replace(sheet, end_of_row=sheet.end_of_row.replace("SEPARATOR", sheet.separator))


def _alone() -> Iterator[tuple[str, Sheet]]:
    for name, change in QUIRKS.items():
        sheet = change(Sheet())
        assert sheet is not None
        yield name, _finished(sheet)


def _pairs() -> Iterator[tuple[str, Sheet]]:
    for one, other in itertools.combinations(QUIRKS, 2):
        if frozenset((one, other)) in IMPOSSIBLE:
            continue
        first = QUIRKS[one](Sheet())
        assert first is not None
        if (both := QUIRKS[other](first)) is not None:
            yield f"{one}, {other}", _finished(both)


ALONE = dict(_alone())
PAIRS = dict(_pairs())
