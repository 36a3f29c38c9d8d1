"""Columns of any file that pandas can read."""

from __future__ import annotations

from dataclasses import dataclass

from harness.datasets._columns import check_choice
from harness.datasets._files import read_table
from harness.datasets.base import Dataset, Table


@dataclass(frozen=True, kw_only=True)
class Csv(Dataset):
    """Named columns of a file. Rows in which one of them has no value are left out, and counted.

    Attributes
    ----------
    path : str
        Of a file, relative to the current folder, or a URL. The suffix tells the format: .json, .jsonl, .parquet,
        .feather, .xlsx, .xls and .ods, of which some need a further library to read; any other is delimited text, whose
        suffix may be followed by .gz, .bz2, .zip, .xz, .zst or .tar. Formats that hold pickled objects are refused.
    features : tuple of str
        The columns to predict from.
    target : str
        The column to predict.
    separator : str
        Between the values of delimited text: a character or a regular expression, or ``"auto"``, which is a tab for
        .tsv and .tab, and a comma otherwise.
    """

    path: str
    features: tuple[str, ...]
    target: str
    separator: str = "auto"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_choice(self.features, self.target)
        if not self.separator:
            raise ValueError("separator: got an empty text, wanted a character, a regular expression or 'auto'")

    def load(self) -> Table:
        """Read the columns.

        Raises
        ------
        DatasetError
            When there is no such file or column, the file cannot be read, or a column is not numbers.
        """
        return read_table(self.path, self.features, self.target, separator=self.separator)
