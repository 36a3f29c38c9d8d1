"""What every reader returns: named columns, and the place of each row in the file."""

import datetime as dt
import decimal
import math
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.datasets._columns import position
from harness.errors import DatasetError

JOINT = "\0"
"""Joins the texts of a block. No text file holds it."""

BLOCK_ROWS = 1 << 16


@dataclass(frozen=True, eq=False)
class Texts:
    """A column of texts, joined in blocks, which takes a tenth of the memory of a list."""

    blocks: tuple[str, ...]
    """Texts without surrounding white space, joined by `JOINT`; "" where a value is missing."""
    typed: NDArray[np.bool_] | None = None
    """Of shape (n_rows,): which values the file holds as numbers, so that their point is a decimal mark whatever the
    options say. None for a format that has only texts."""

    def __iter__(self) -> Iterator[str]:
        return chain.from_iterable(block.split(JOINT) for block in self.blocks)


@dataclass(frozen=True, eq=False)
class Values:
    """A column that the file holds as binary numbers."""

    array: NDArray[Any]
    """Of shape (n_rows,). Integers or floats; NaN is missing."""
    decimal: bool = False
    """Whether the file holds decimals, and the array what they round to."""


@dataclass(frozen=True, eq=False)
class Grid:
    """Named columns of a file."""

    source: str
    """What the file is called in a message."""
    names: tuple[str, ...]
    """Every column's, in the file's order, read or not."""
    columns: Mapping[int, Texts | Values]
    """By position; only the chosen ones."""
    places: Sequence[int]
    """The number of each row's line, row or record, from 1."""
    word: str = "row"
    """One of ``"line"``, ``"row"``, ``"record"``."""
    said: tuple[str, ...] = ()
    """Notes on what was assumed about the file."""
    hints_comma: bool = False
    """Whether the file seems to have decimal commas, because semicolons separate its values."""
    parts: tuple[tuple[int, str], ...] = ()
    """For several files: the first row and the name of each."""

    def __len__(self) -> int:
        return len(self.places)

    def where(self, row: int) -> str:
        """The place of a row: ``line 12``."""
        part = next((name for first, name in reversed(self.parts) if first <= row), "")
        return f"{self.word} {self.places[row]}" + (f" of {part}" if part else "")

    def position(self, name: str) -> int:
        """The position of the column of that name.

        Raises
        ------
        DatasetError
            When no column, or more than one, has that name.
        """
        return position(name, self.names, self.source)


def joined(source: str, grids: Sequence[Grid]) -> Grid:
    """The rows of several files with the same columns.

    Raises
    ------
    DatasetError
        When the names of their columns differ.
    """
    first = grids[0]
    for other in grids[1:]:
        if sorted(other.names) != sorted(first.names):
            odd = sorted(set(other.names) ^ set(first.names))
            raise DatasetError(
                f"{source}: {first.source} and {other.source} have different columns "
                f"({', '.join(odd[:3]) or 'repeated names'}); give files with the same columns"
            )
    columns: dict[int, Texts | Values] = {}
    for j in first.columns:
        same = [each.columns[j if each.names == first.names else each.position(first.names[j])] for each in grids]
        columns[j] = _concatenated(same)
    starts = np.cumsum([0, *(len(each) for each in grids)])[:-1].tolist()
    places = array("q", chain.from_iterable(each.places for each in grids))
    said = (f"{len(grids)} files are read as one", *dict.fromkeys(chain.from_iterable(each.said for each in grids)))
    parts = tuple(zip(starts, (each.source for each in grids), strict=True))
    return replace(first, source=source, columns=columns, places=places, said=said, parts=parts)


def _concatenated(columns: Sequence[Texts | Values]) -> Texts | Values:
    if all(isinstance(each, Values) for each in columns):
        values = [each for each in columns if isinstance(each, Values)]
        return Values(np.concatenate([each.array for each in values]), any(each.decimal for each in values))
    parts = [
        each if isinstance(each, Texts) else column_of(each.array.tolist(), lambda row: f"row {row + 1}")
        for each in columns
    ]
    blocks = tuple(chain.from_iterable(each.blocks for each in parts))
    if all(each.typed is None for each in parts):
        return Texts(blocks)
    return Texts(blocks, np.concatenate([_typed(each) for each in parts]))


def _typed(column: Texts) -> NDArray[np.bool_]:
    return np.zeros(sum(1 for _ in column), dtype=bool) if column.typed is None else column.typed


def column_of(values: Sequence[Any], where: Callable[[int], str], called: str = "it") -> Texts:
    """A column of Python objects, as from JSON, Excel or a database, as texts.

    Parameters
    ----------
    where : callable
        Gives a row's place in words.
    called : str
        What a message calls the column.

    Raises
    ------
    DatasetError
        When a value is neither a number nor a text.
    """
    blocks = []
    for start in range(0, len(values), BLOCK_ROWS):
        block = values[start : start + BLOCK_ROWS]
        blocks.append(JOINT.join([_text(value, start + i, where, called) for i, value in enumerate(block)]))
    typed = [not isinstance(value, str) or isinstance(value, Literal) for value in values]
    return Texts(tuple(blocks), np.array(typed, dtype=bool))


class Literal(str):
    """A number as the file writes it, in a format that distinguishes numbers from texts."""

    __slots__ = ()


def _text(value: Any, row: int, where: Callable[[int], str], called: str) -> str:
    found: str | None = None
    if value is None or (isinstance(value, float) and math.isnan(value)):
        found = ""
    elif isinstance(value, str):
        found = value.replace(JOINT, " ").strip()
    elif isinstance(value, bool | np.bool_):
        found = "true" if value else "false"
    elif isinstance(value, dt.datetime):
        found = value.isoformat(" ")
    elif isinstance(value, dt.date):
        found = value.isoformat()
    elif isinstance(value, int | float | decimal.Decimal | np.integer | np.floating):
        found = "" if value != value else str(value)  # noqa: PLR0124 - NaN, whatever its type
    elif type(value).__name__ in {"NAType", "NaTType"}:
        found = ""
    if found is None:
        raise DatasetError(f"{called} holds {shown(value)} in {where(row)}, wanted numbers")
    return found


def shown(value: object) -> str:
    """A value in a message, cut if it is long."""
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."
