"""A file of columns, as it is: csv and its like, json, parquet, Excel, a database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.datasets._file_options import FileOptions, check_wanted
from harness.datasets._grouping import group_columns
from harness.datasets._reading.wanted import Wanted


@dataclass(frozen=True, kw_only=True)
class File(FileOptions):
    """Columns of a file by name, by a formula, or all that can be used.

    Attributes
    ----------
    target : str
        The column to predict; "" with a formula, which names it. Of a list of them each is a dataset of its own, and
        none is a feature of another.
    features : tuple of str
        The columns to predict from; empty for every other column that can be used. Which are left out, and why, is
        said.
    formula : str
        ``"price ~ area + rooms + C(town)"`` instead of target and features: Wilkinson's ``+ : * - / ** 0 .``, ``C()``,
        ``poly()``, ``bs()``, ``I()``, ``np.log()`` and the like; odd names stand between backticks.
    """

    target: str = ""
    features: tuple[str, ...] = ()
    formula: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_wanted(self._wanted())

    @classmethod
    def of_lists(cls, chosen: Mapping[str, Any], lists: Mapping[str, Sequence[Any]]) -> Mapping[str, Any]:
        """Of several targets none is predicted from another, where no features are named."""
        others = [each for each in lists.get("target", ()) if each != chosen["target"]]
        if not others or chosen.get("features"):
            return chosen
        formula = f"{_ticked(chosen['target'])} ~ . {' '.join(f'- {_ticked(each)}' for each in others)}"
        return {**chosen, "target": "", "formula": formula}

    def _wanted(self) -> Wanted:
        return Wanted(
            features=self.features,
            target=self.target,
            formula=self.formula,
            weights=self.weights,
            groups=group_columns(self.groups),
            intercept=self.intercept,
        )


def _ticked(name: Any) -> str:
    """A column's name as a formula has it."""
    return f"`{name}`"
