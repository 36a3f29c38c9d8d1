"""The dataset table of a suite for a file or a dataset by name, with a formula or a target."""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.catalog import dataset_names
from harness.datasets._reading.databases import is_select
from harness.errors import DatasetError, UsageError, nearest

MOST_NAMED = 12
"""Columns that a message lists."""


def dataset_table(
    data: str,
    formula: str = "",
    target: str | Sequence[str] = "",
    features: Sequence[str] = (),
    weights: str = "",
    more: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The ``[[dataset]]`` table that a suite would have.

    Parameters
    ----------
    data : str
        A path, pattern, URL, query, or the name of a dataset.
    target : str or sequence of str
        Each of several columns makes a dataset.
    weights : str
        The column of the rows' weights.
    more : mapping, optional
        Further options.

    Raises
    ------
    UsageError
        When there is neither a formula nor a target, or both. The message names the columns.
    DatasetError
        When there is no such file and no such dataset.
    """
    if formula and (target or features):
        raise UsageError(f"got a formula, {formula!r}, and --{'target' if target else 'features'}, wanted one of them")
    targets = [target] if isinstance(target, str) else list(target)
    predicted = targets[0] if len(targets) == 1 else targets
    chosen = {"formula": formula, "target": predicted, "features": list(features), "weights": weights}
    given = {name: value for name, value in chosen.items() if value}
    if is_dataset(data):
        return {"use": data, **given, **(more or {})}
    _check_exists(data)
    if not (formula or target):
        raise UsageError(
            f'{data}: which column is predicted? Give a formula such as "y ~ a + b", or --target COLUMN{_columns(data)}'
        )
    return {"use": "file", "path": data, "name": title_of(data), **given, **(more or {})}


def is_dataset(data: str) -> bool:
    """Whether this names a dataset, and no file."""
    return data in dataset_names() and not Path(data).exists()


LISTS = {"features", "missing_markers", "names"}
"""The options of a file that are lists of texts."""


def options_of(pairs: Sequence[str]) -> dict[str, Any]:
    """Options from pairs such as ``decimal=,``: each value is TOML if it parses as such, else a text.

    Lists need no brackets and quotes, which a shell may remove: ``missing_markers=-999,*``.

    Raises
    ------
    UsageError
        When a pair has no ``=``.
    """
    found: dict[str, Any] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            raise UsageError(f"--set {pair!r}: wanted OPTION=VALUE, such as decimal=, or missing=error")
        found[name.strip()] = _listed(value) if name.strip() in LISTS else _read(value)
    return found


def _read(value: str) -> Any:
    try:
        return tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return value


def _listed(value: str) -> list[str]:
    for written in (value, f"[{value}]"):
        found = _read(written)
        if isinstance(found, list) and all(isinstance(each, str) for each in found):
            return found
    bare = value.strip().removeprefix("[").removesuffix("]")
    return [each.strip() for each in bare.split(",")]


def title_of(data: str) -> str:
    """A name for a suite of this data."""
    plain = data.partition("::")[0].partition("?")[0].rstrip("/")
    return "query" if is_select(data) else Path(plain).name.partition(".")[0] or "data"


def _check_exists(data: str) -> None:
    plain = data.partition("::")[0]
    if is_select(data) or "://" in data or set("*?[") & set(data) or Path(plain).expanduser().exists():
        return
    folder = Path(plain).parent
    beside = [each.name for each in folder.iterdir()] if folder.is_dir() else []
    known = [*dataset_names(), *(str(folder / each) if str(folder) != "." else each for each in beside)]
    close = nearest(data, known)
    raise DatasetError(f"{data}: there is no such file and no such dataset{close if 'did you mean' in close else ''}")


def _columns(data: str) -> str:
    """The end of a message that lists the columns; "" if the file cannot be read."""
    from harness.datasets._reading.tables import read_columns

    try:
        names = [*read_columns(data)]
    except DatasetError:
        return ""
    more = ", …" if len(names) > MOST_NAMED else ""
    return f". Its columns of numbers: {', '.join(names[:MOST_NAMED])}{more}" if names else ""
