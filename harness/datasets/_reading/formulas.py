"""Designs from Wilkinson formulas: `safe_formula` checks them, formulaic evaluates them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.datasets._reading.categories import Levels
from harness.datasets._reading.columns import Exact, Numbers
from harness.datasets._reading.decimals import Scaled
from harness.datasets._reading.design import Column, as_columns, dummy
from harness.datasets._reading.missing import Kept
from harness.datasets._reading.safe_formula import DOT, checked
from harness.errors import DatasetError, nearest


@dataclass(frozen=True, eq=False)
class Design:
    """The design matrix and target that a formula makes."""

    features: list[Column]
    """All but the column of ones."""
    target: Column
    intercept: bool
    """Whether the formula has a column of ones."""


def names(formula: str, known: Sequence[str], source: str) -> list[str]:
    """The columns that a formula names.

    Raises
    ------
    DatasetError
        When one of them does not exist.
    """
    found = checked(formula)
    used = list(dict.fromkeys([*found.left, *found.right]))
    for name in used:
        if name not in known:
            raise DatasetError(f"{source}: formula: there is no column {name!r}{nearest(name, known)}")
    return used


def expanded(formula: str, others: Sequence[str]) -> str:
    """The formula with its dot replaced by all other columns."""
    left, _, right = formula.partition("~")
    written = " + ".join(f"`{name}`" for name in others) or "0"
    return f"{left}~{DOT.sub(lambda _match: f'({written})', right)}"


def design(
    formula: str, columns: Mapping[str, Numbers | Levels], kept: Kept, source: str, *, intercept: bool
) -> Design:
    """Evaluate a formula on the rows used.

    Raises
    ------
    DatasetError
        When formulaic is not installed or cannot make a design of it.
    """
    checked(formula)
    left, right = _evaluated(formula if intercept else f"{formula} - 1", columns, kept, source)
    has_ones = "Intercept" in right and "Intercept" not in columns
    made = _Maker(columns, kept)
    features = [made.column(name, values) for name, values in right.items() if not (has_ones and name == "Intercept")]
    if not features:
        raise DatasetError(f"{source}: formula: {formula!r} has no feature; name at least one column after ~")
    asked = formula.partition("~")[0].strip()
    if len(left) != 1:
        raise DatasetError(f"{source}: formula: the target {asked!r} has {len(left)} columns, wanted one of numbers")
    return Design(features, made.column(*next(iter(left.items()))), has_ones)


Part = dict[str, NDArray[np.float64]]


def _evaluated(formula: str, columns: Mapping[str, Numbers | Levels], kept: Kept, source: str) -> tuple[Part, Part]:
    """Target and features by name."""
    try:
        import formulaic
        import pandas as pd
    except ImportError as lack:
        raise DatasetError(f"formula needs formulaic ({lack}); pip install 'linbench[formula]'") from lack
    whole = checked(formula).categories
    frame = pd.DataFrame({name: _series(column, kept, whole=name in whole) for name, column in columns.items()})
    try:
        with np.errstate(all="ignore"):
            matrices: Any = formulaic.Formula(formula).get_model_matrix(frame, context={}, na_action="ignore")
    except Exception as error:  # formulaic's own, or that of a function in the formula
        why = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise DatasetError(f"{source}: formula: {formula!r} cannot be evaluated: {why}") from error
    return _part(matrices.lhs), _part(matrices.rhs)


def _series(column: Numbers | Levels, kept: Kept, *, whole: bool) -> Any:
    """A column for formulaic. Whole numbers in ``C()`` become integers, so that a level is named 2, not 2.0."""
    if isinstance(column, Numbers):
        values = kept.rows_of(column.name)
        return (
            values.astype(np.int64) if whole and (np.abs(values) < 2**53).all() and (values % 1 == 0).all() else values
        )
    return np.array(column.labels, dtype=object)[kept.index]


def _part(frame: Any) -> Part:
    return {str(name): frame.iloc[:, j].to_numpy(dtype=np.float64) for j, name in enumerate(frame.columns)}


class _Maker:
    """Makes columns of a design: exact for columns of the file, their products, and zeros and ones."""

    def __init__(self, columns: Mapping[str, Numbers | Levels], kept: Kept) -> None:
        self._columns, self._kept = columns, kept

    def column(self, name: str, values: NDArray[np.float64]) -> Column:
        found = self._columns.get(name)
        if isinstance(found, Numbers):
            return as_columns(found, self._kept)[0]
        if np.isin(values, (0.0, 1.0)).all():
            return dummy(name, values, self._kept)
        factors = [self._columns.get(part) for part in name.split(":")]
        exact = [each.exact for each in factors if isinstance(each, Numbers) and each.exact is not None]
        if len(factors) > 1 and len(exact) == len(factors):
            return Column(name, values, _product(exact))
        return Column(name, values, None)


def _product(factors: Sequence[Exact]) -> Exact:
    def exact(rows: NDArray[np.intp]) -> Scaled | None:
        product: Scaled | None = None
        for factor in factors:
            if (found := factor(rows)) is None:
                return None
            product = (
                found
                if product is None
                else Scaled(
                    [a * b for a, b in zip(product.integers, found.integers, strict=True)], product.unit * found.unit
                )
            )
        return product

    return exact
