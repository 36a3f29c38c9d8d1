"""The options of datasets that are files, and how they read one."""

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from backends.base import option
from harness.datasets._blocks import FileStamps
from harness.datasets._columns import check_choice
from harness.datasets._reading import streams
from harness.datasets._reading.databases import is_select
from harness.datasets._reading.how import Dates, Decimal, Header, How, Missing, Percent, Text, Thousands
from harness.datasets._reading.safe_formula import checked
from harness.datasets._reading.tables import check_files, read_columns, read_table
from harness.datasets._reading.wanted import Wanted
from harness.datasets.base import Blocks, Dataset, Table


@dataclass(frozen=True, kw_only=True)
class FileOptions(Dataset):
    """How a file is read. ``"auto"`` means that the file decides; the results say what was found.

    Attributes
    ----------
    path : str
        The file, relative to ``folder``: delimited text, .json, .jsonl, .parquet, .feather, .xlsx, .xls or .ods; text
        may be compressed (gzip, bzip2, xz, zip, tar, zstd). A pattern (``data/*.csv``) reads several files with the
        same columns as one. A URL is downloaded. ``sales.duckdb::table``, ``sales.duckdb::SELECT …`` and a ``SELECT``
        over files of the current folder go through DuckDB; ``book.xlsx::sheet`` names a sheet. Formats that hold
        pickled objects are refused.
    folder : str
        The folder that the path is relative to; "" is the current one. A suite uses its own, if the file is there.
    weights : str
        A column of weights, finite and at least 0, which multiply the squared errors. It is not a feature. "": none.
    missing : {"drop", "error", "mean"}
        Treatment of a row with a missing value: leave it out and count it, refuse the file, or fill in the column's
        mean. A missing target or weight is never filled in.
    missing_markers : tuple of str
        Further texts or numbers that mean a missing value (``["-999"]``), besides blanks, ``?``, ``-``, ``NA``,
        ``NaN``, ``null`` and the like.
    separator : str
        What separates the values of delimited text: a character, a regular expression, or ``"auto"``.
    encoding : str
        The encoding of text, by Python's name, or ``"auto"``: by the byte order mark, else UTF-8, else cp1252.
    header : {"auto", "yes", "no"}
        Whether the first line names the columns. Columns without names are ``c1``, ``c2``, …. A row of units below the
        names is skipped.
    names : tuple of str
        Names for the columns in place of the file's; with ``header = "yes"`` the first line is skipped.
    comment : str
        How a comment line begins; ``"auto"`` is ``#``, "" means no comments.
    skip_lines : int
        Lines to skip at the start.
    skip_last : int
        Lines to skip at the end, blank ones aside: totals, sources, notes.
    decimal : {"auto", ".", ","}
        The decimal mark.
    thousands : {"auto", "none", ",", ".", " ", "'"}
        The thousands separator.
    percent : {"as_written", "fraction"}
        Whether 45% means 45 or 0.45.
    dates : {"auto", "dmy", "mdy", "no"}
        Whether the day or the month comes first in dates such as 01/02/2024; dates are days since 1970-01-01.
    categories : {"auto", "dummies", "error"}
        Treatment of a text column: a column of ones and zeros for each level but the first, if the text looks
        categorical (``"auto"``) or always (``"dummies"``); or an error.
    """

    groups_by_columns: ClassVar[bool] = True

    path: str
    folder: str = field(default="", metadata={"internal": True})
    weights: str = ""
    missing: Missing = "drop"
    missing_markers: tuple[str, ...] = ()
    separator: str = "auto"
    encoding: str = "auto"
    header: Header = "auto"
    names: tuple[str, ...] = ()
    comment: str = "auto"
    skip_lines: int = option(0, at_least=0)
    skip_last: int = option(0, at_least=0)
    decimal: Decimal = "auto"
    thousands: Thousands = "auto"
    percent: Percent = "as_written"
    dates: Dates = "auto"
    categories: Text = "auto"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.separator:
            raise ValueError("separator: got an empty text, wanted a character, a regular expression or 'auto'")
        if self.decimal == self.thousands != "auto":
            raise ValueError(f"thousands: got {self.thousands!r}, which is the decimal mark, wanted another")
        if len(set(self.names)) < len(self.names):
            raise ValueError("names: got one of them twice, wanted a different name for each column")

    def _wanted(self) -> Wanted:
        raise NotImplementedError

    def check_files(self) -> None:
        """Check that the files exist, without reading them.

        Raises
        ------
        DatasetError
            When one does not.
        """
        check_files(self._place)

    def load(self) -> Table:
        """Read the columns.

        Raises
        ------
        DatasetError
            When there is no such file or column, the file cannot be read, a column is not numeric, or the contents are
            ambiguous: the message names the option that decides.
        """
        return read_table(self._place, self._wanted(), self._how())

    def blocks(self) -> Blocks | None:
        """Named numeric columns, streamed by DuckDB; see `harness.datasets._reading.streams`.

        Raises
        ------
        DatasetError
            As `load`, and when DuckDB is not installed.
        """
        return streams.blocks_of(self._place, self._wanted(), self._how())

    def expected_bytes(self) -> int:
        """An estimate: a few times the size of the files."""
        return streams.expected_bytes(self._place)

    def source(self) -> FileStamps | None:
        """The files; None for a query or a URL."""
        return streams.source(self._place)

    def columns(self) -> dict[str, NDArray[np.float64]]:
        """Every numeric column of the file, with NaN for missing values.

        Raises
        ------
        DatasetError
            As `load`.
        """
        return read_columns(self._place, self._how())

    @property
    def nickname(self) -> str:
        """The file's name without its suffix, for readers."""
        if is_select(self.path):
            return "query"
        return Path(self.path.partition("::")[0].strip()).name.partition(".")[0]

    @property
    def _place(self) -> str:
        return str(Path(self.folder) / self.path) if self.folder else self.path

    def _how(self) -> How:
        return How(**{each.name: getattr(self, each.name) for each in fields(How)})


def check_wanted(wanted: Wanted) -> None:
    """Check that a choice of columns, or a formula, can make a problem.

    Raises
    ------
    ValueError
        When it cannot. The message begins with the option.
    """
    taken = f"weights: got {wanted.weights!r}, which is"
    if wanted.formula:
        if wanted.features or wanted.target:
            beside = "features" if wanted.features else "target"
            raise ValueError(f"{beside}: got it beside a formula, wanted one or the other")
        try:
            formula = checked(wanted.formula)
        except ValueError as error:
            raise ValueError(f"formula: {error}") from None
        if wanted.weights and wanted.weights in (*formula.left, *formula.right):
            raise ValueError(f"{taken} in the formula, wanted another column")
        return
    if not wanted.target:
        raise ValueError("target: got none, wanted the name of a column, or a formula")
    if wanted.features:
        check_choice(wanted.features, wanted.target)
    if wanted.weights and wanted.weights == wanted.target:
        raise ValueError(f"{taken} the target, wanted another column")
    if wanted.weights and wanted.weights in wanted.features:
        raise ValueError(f"{taken} a feature, wanted another column")
