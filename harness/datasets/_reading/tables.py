"""Reads a table from a path and the names of columns; the entry point of this package."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from harness.datasets._decimal_columns import MOST_VALUES, DecimalColumns, Decimals
from harness.datasets._grouping import Keys, keys_of
from harness.datasets._reading import formulas
from harness.datasets._reading.categories import Levels
from harness.datasets._reading.columns import Exact, Numbers, parsed
from harness.datasets._reading.databases import is_select
from harness.datasets._reading.design import Column, as_columns
from harness.datasets._reading.doubts import doubted
from harness.datasets._reading.grid import Grid, Values
from harness.datasets._reading.how import How
from harness.datasets._reading.markers import Markers
from harness.datasets._reading.missing import Kept, kept_rows
from harness.datasets._reading.opening import Plan, opened, parted
from harness.datasets._reading.safe_formula import checked
from harness.datasets._reading.source import check
from harness.datasets._reading.totals import totals
from harness.datasets._reading.usable import usable
from harness.datasets._reading.wanted import Wanted
from harness.datasets.base import Table
from harness.errors import DatasetError


def check_files(path: str, where: str = "") -> None:
    """Check that the files of a path exist, without reading them.

    Raises
    ------
    DatasetError
        When one does not.
    """
    if not is_select(path):
        check(parted(path)[0], where)


def read_columns(path: str, how: How | None = None) -> dict[str, NDArray[np.float64]]:
    """All columns of numbers of a file, with NaN for missing values.

    Parameters
    ----------
    path : str
        As in `read_table`.

    Raises
    ------
    DatasetError
        When there is no such file, or it cannot be read.
    """
    how = how or How()
    try:
        grid = opened(path, how, Plan(frozenset(), True, frozenset()), ("", ""))
        found, _ = usable(grid, how, Markers(how.missing_markers), ())
    except DatasetError:
        raise
    except Exception as error:  # as `read_table`
        raise DatasetError(f"{path} cannot be read: {_first_line(error)}") from error
    return {name: each.values for name, each in found.items() if isinstance(each, Numbers)}


def read_table(path: str, wanted: Wanted, how: How | None = None, *, where: str = "", called: str = "") -> Table:
    """Read a table from columns of one or more files.

    Parameters
    ----------
    path : str
        A local file, a pattern (``data/*.csv``) or a URL; ``file.duckdb::table``, ``file.duckdb::SELECT …``,
        ``book.xlsx::sheet``; or a ``SELECT`` over files of the current folder.
    where : str
        Where to get the file, for the message if it is missing.
    called : str
        The file's name in messages, if not its path.

    Raises
    ------
    DatasetError
        When there is no such file or column, the file cannot be read, a column is not numbers, or it can be read in
        more than one way; then the message names the option that decides.
    """
    how = how or How()
    try:
        return _table(path, wanted, how, (where, called))
    except DatasetError:
        raise
    except Exception as error:  # of the file system, a parser, a decompressor, the network, a missing library
        raise DatasetError(f"{path} cannot be read: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def _table(path: str, wanted: Wanted, how: How, words: tuple[str, str]) -> Table:
    plan = _plan(wanted)
    grid = opened(path, how, plan, words)
    names = _named(wanted, plan, grid)
    for name in wanted.groups:
        grid.position(name)
    markers = Markers(how.missing_markers)
    columns = {name: parsed(grid, name, plan.how(name, how), markers, asked=True) for name in names}
    said = list(grid.said)
    formula = wanted.formula
    if plan.everything:
        found, why = usable(grid, how, markers, [*names, *wanted.groups])
        if not found and not formula:
            first = f" ({why[0]})" if why else ""
            raise DatasetError(f"{grid.source}: no column but {wanted.target!r} can be used{first}; name features")
        formula = formulas.expanded(formula, [*found]) if formula else ""
        columns, said = {**found, **columns}, said + why
    doubted(grid, [each for each in columns.values() if isinstance(each, Numbers)], how)
    said += [f"column {each.name!r}: {line}" for each in columns.values() for line in each.said]
    if total := totals(grid, [*columns.values()]):
        said.append(total)
    kept = kept_rows(grid, list(columns.values()), plan.never_filled, how.missing)
    weights = _weights(grid, columns, wanted.weights, kept)
    groups = _groups(grid, wanted.groups, kept)
    if formula:
        design = formulas.design(formula, columns, kept, grid.source, intercept=wanted.intercept)
        table = _finished(design.features, design.target, kept, said, weights, intercept=design.intercept)
        return replace(table, groups=groups)
    order = wanted.features or tuple(name for name in columns if name not in (wanted.target, wanted.weights))
    features = [each for name in order for each in as_columns(columns[name], kept)]
    target = _target(grid, columns[wanted.target], kept)
    return replace(_finished(features, target, kept, said, weights, intercept=None), groups=groups)


def _plan(wanted: Wanted) -> Plan:
    weights = {wanted.weights} - {""}
    if wanted.formula:
        formula = checked(wanted.formula)
        asked = frozenset({*formula.left, *formula.right, *weights, *wanted.groups})
        return Plan(asked, formula.dot, frozenset({*formula.left, *weights}), formula.categories)
    asked = frozenset({*wanted.features, wanted.target, *weights, *wanted.groups})
    return Plan(asked, not wanted.features, frozenset({wanted.target, *weights}))


def _named(wanted: Wanted, plan: Plan, grid: Grid) -> list[str]:
    """The columns named, after a check that each exists once, in the order in which errors are reported."""
    named = (
        formulas.names(wanted.formula, grid.names, grid.source) if wanted.formula else [*wanted.features, wanted.target]
    )
    named += [name for name in plan.asked if name not in {*named, *wanted.groups}]
    for name in named:
        grid.position(name)
    return named


def _target(grid: Grid, target: Numbers | Levels, kept: Kept) -> Column:
    if isinstance(target, Numbers):
        return as_columns(target, kept)[0]
    row = next(i for i, label in enumerate(target.labels) if label is not None)
    raise DatasetError(
        f"{grid.source}: column {target.name!r} holds {target.labels[row]!r} in {grid.where(row)}, "
        "wanted numbers to predict"
    )


def _weights(grid: Grid, columns: dict[str, Numbers | Levels], name: str, kept: Kept) -> NDArray[np.float64] | None:
    if not name:
        return None
    if not isinstance(columns[name], Numbers):
        raise DatasetError(f"{grid.source}: column {name!r} holds text, wanted weights, numbers at least 0")
    weights = kept.values[name][kept.index]
    if len(bad := np.flatnonzero(weights < 0)):
        row = int(kept.index[bad[0]])
        got = f"{weights[bad[0]]:g} in {grid.where(row)}"
        raise DatasetError(f"{grid.source}: column {name!r} holds {got}, wanted weights at least 0")
    if len(weights) and not (weights > 0).any():
        raise DatasetError(f"{grid.source}: column {name!r} holds no weight above 0")
    return weights.copy()


def _groups(grid: Grid, names: Sequence[str], kept: Kept) -> Keys | None:
    """Each row's group; equal values are those that are written alike."""
    if not names:
        return None
    columns = {name: grid.columns[grid.position(name)] for name in names}
    written = {name: each.array.tolist() if isinstance(each, Values) else [*each] for name, each in columns.items()}
    return keys_of({name: [column[i] for i in kept.index.tolist()] for name, column in written.items()})


def _finished(
    features: Sequence[Column],
    target: Column,
    kept: Kept,
    said: Sequence[str],
    weights: NDArray[np.float64] | None,
    *,
    intercept: bool | None,
) -> Table:
    X = np.column_stack([each.values for each in features]) if features else np.empty((len(kept.index), 0))
    return Table(
        np.ascontiguousarray(X),
        target.values.copy(),
        tuple(each.name for each in features),
        target.name,
        dropped_rows=kept.rows.dropped,
        rows=kept.rows,
        said=tuple(said),
        decimals=_decimals([*features, target], kept),
        weights=weights,
        intercept=intercept,
    )


def _decimals(columns: Sequence[Column], kept: Kept) -> Decimals:
    if kept.rows.filled:
        return Decimals(None, "gaps are filled by means, which are not decimals of the file")
    if all(each.binary for each in columns):
        return Decimals(None, "the file holds float64, so reading rounded nothing")
    count = len(kept.index) * len(columns)
    if count > MOST_VALUES or any(each.why_not == "size" for each in columns):
        return Decimals(None, f"{count:,} values are more than the {MOST_VALUES:,} that are solved from their decimals")
    if odd := next((each for each in columns if each.exact is None), None):
        return Decimals(None, f"{odd.name} is computed, not read")
    calls: list[Exact] = [each.exact for each in columns if each.exact is not None]

    def read(rows: NDArray[np.intp]) -> DecimalColumns | None:
        found = [call(kept.index[rows]) for call in calls]
        known = [each for each in found if each is not None]
        return DecimalColumns(tuple(known[:-1]), known[-1]) if len(known) == len(found) else None

    return Decimals(read)
