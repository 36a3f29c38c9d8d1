"""A file of columns: csv and the like, json, parquet, Excel, a database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.datasets._file_options import FileOptions, check_wanted
from harness.datasets._grouping import group_columns
from harness.datasets._reading.wanted import Wanted


@dataclass(frozen=True, kw_only=True)
class File(FileOptions):
    """Columns of a file, by name, by a formula, or all that are usable.

    Attributes
    ----------
    target : str
        The column to predict; "" with a formula, which names it. A list makes a dataset of each, none of which is a
        feature of another.
    features : tuple of str
        The columns to predict from; empty for every other usable column. The results say which are left out, and
        why.
    formula : str
        ``"price ~ area + rooms + C(town)"`` instead of target and features: Wilkinson's ``+ : * - / ** 0 .``, ``C()``,
        ``poly()``, ``bs()``, ``I()``, ``np.log()`` and the like; unusual names go between backticks.
    """

    target: str = ""
    features: tuple[str, ...] = ()
    formula: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_wanted(self._wanted())

    @classmethod
    def of_lists(cls, chosen: Mapping[str, Any], lists: Mapping[str, Sequence[Any]]) -> Mapping[str, Any]:
        """With several targets and no features named, no target is predicted from another."""
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
    """A column's name in a formula."""
    return f"`{name}`"
