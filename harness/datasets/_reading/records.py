"""JSON: a list of objects, an object of columns, or one object per line. Numbers stay texts."""

import json
from collections.abc import Sequence
from itertools import chain
from typing import Any

from harness.datasets._reading.delimited import Choose
from harness.datasets._reading.encodings import encoding_of
from harness.datasets._reading.grid import Grid, Literal, column_of, shown
from harness.datasets._reading.how import How
from harness.datasets._reading.source import Source
from harness.errors import DatasetError


def _parsed(text: str) -> Any:
    return json.loads(text, parse_float=Literal, parse_int=Literal, parse_constant=Literal)


def read_json(source: Source, how: How, choose: Choose) -> Grid:
    """Read a list of objects, an object of lists or of objects, or one object per line.

    Raises
    ------
    DatasetError
        When the file is anything else.
    """
    encoding = encoding_of(source, how.encoding)
    with source.unpacked() as file:
        text = file.read().decode(encoding.name)
    try:
        found = _parsed(text)
    except json.JSONDecodeError as error:
        if error.msg != "Extra data":
            raise
        return read_json_lines(source, how, choose)
    names, rows = _table(found, source.name)
    return grid_of(source.name, names, rows, choose, "record", encoding.said)


def read_json_lines(source: Source, how: How, choose: Choose) -> Grid:
    """Read a file with one JSON object per line."""
    encoding = encoding_of(source, how.encoding)
    places, records = [], []
    with source.unpacked() as file:
        lines = file.read().decode(encoding.name).split("\n")
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            record = _parsed(line)
        except ValueError as error:
            raise DatasetError(f"{source.name} cannot be read: line {number} is not JSON: {error}") from error
        if not isinstance(record, dict):
            raise DatasetError(f"{source.name}: line {number} holds {shown(record)}, wanted an object")
        records.append(record)
        places.append(number)
    names = list(dict.fromkeys(chain.from_iterable(records)))
    rows = [[record.get(name) for name in names] for record in records]
    return grid_of(source.name, names, rows, choose, "line", encoding.said, places)


def _table(found: Any, source: str) -> tuple[list[str], Sequence[Sequence[Any]]]:
    if isinstance(found, list) and all(isinstance(each, dict) for each in found):
        names = list(dict.fromkeys(chain.from_iterable(found)))
        return names, [[record.get(name) for name in names] for record in found]
    if isinstance(found, dict) and {"columns", "data"} <= found.keys() and isinstance(found["data"], list):
        return [str(name) for name in found["columns"]], found["data"]
    if isinstance(found, dict) and found and all(isinstance(each, list) for each in found.values()):
        lengths = {name: len(column) for name, column in found.items()}
        if len(set(lengths.values())) > 1:
            short, long = min(lengths, key=lengths.__getitem__), max(lengths, key=lengths.__getitem__)
            raise DatasetError(
                f"{source}: {long!r} has {lengths[long]} values and {short!r} {lengths[short]}; "
                "give columns of one length"
            )
        return list(found), list(zip(*found.values(), strict=True))
    if isinstance(found, dict) and found and all(isinstance(each, dict) for each in found.values()):
        index = list(dict.fromkeys(chain.from_iterable(found.values())))
        return list(found), [[column.get(i) for column in found.values()] for i in index]
    raise DatasetError(f"{source} holds {shown(found)}, wanted a list of objects, or an object of columns")


def grid_of(
    source: str,
    names: Sequence[str],
    rows: Sequence[Sequence[Any]],
    choose: Choose,
    word: str,
    said: tuple[str, ...] = (),
    places: Sequence[int] = (),
) -> Grid:
    """The chosen columns of rows of Python objects."""
    for i, row in enumerate(rows):
        if len(row) != len(names):
            raise DatasetError(f"{source}: {word} {i + 1} holds {len(row)} values, wanted {len(names)}")
    numbers = places or range(1, len(rows) + 1)
    columns = {}
    for j in choose(names):
        called = f"{source}: column {names[j]!r}"
        columns[j] = column_of([row[j] for row in rows], lambda row: f"{word} {numbers[row]}", called)
    return Grid(source, tuple(names), columns, numbers, word, said)
