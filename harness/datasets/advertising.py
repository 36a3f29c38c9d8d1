"""Sales against advertising budgets: data that regression is often taught with."""

from dataclasses import dataclass
from pathlib import Path

from harness.datasets._columns import check_choice
from harness.datasets._reading.tables import read_table
from harness.datasets._reading.wanted import Wanted
from harness.datasets.base import Dataset, Table

FILE = Path(__file__).parent / "data" / "advertising.csv"


@dataclass(frozen=True, kw_only=True)
class Advertising(Dataset):
    """Sales of a product in 200 markets, in thousands of units, and what was spent on advertising it.

    The budgets ``TV``, ``Radio`` and ``Newspaper`` are in thousands of dollars.

    Source: G. James, D. Witten, T. Hastie and R. Tibshirani, *An Introduction to Statistical Learning*, Springer 2013,
    chapters 2 and 3; https://www.statlearning.com.

    Attributes
    ----------
    features : tuple of str
        The columns to predict from.
    target : str
        The column to predict.
    """

    features: tuple[str, ...] = ("TV",)
    target: str = "Sales"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_choice(self.features, self.target)

    def load(self) -> Table:
        """Read the shipped file.

        Raises
        ------
        DatasetError
            When there is no column of a name.
        """
        return read_table(str(FILE), Wanted(features=self.features, target=self.target), called="advertising")
