"""The options of the datasets that are files, and how they read one."""

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
    """How a file is read. Whatever is ``"auto"`` is found by looking at the file, and what was found is said.

    Attributes
    ----------
    path : str
        Of a file, relative to ``folder``: delimited text, .json, .jsonl, .parquet, .feather, .xlsx, .xls or
        .ods; text may be packed (gzip, bzip2, xz, zip, tar, zstd). A pattern (``data/*.csv``) reads several files of
        the same columns as one. A URL is fetched. ``sales.duckdb::table``, ``sales.duckdb::SELECT …`` and a ``SELECT``
        over files of the current folder go through DuckDB; ``book.xlsx::sheet`` names a sheet. Formats that hold
        pickled objects are refused.
    folder : str
        What the path is relative to; "" is the current folder. A suite gives its own, where the file is there.
    weights : str
        A column of weights, finite and at least 0: squared errors count so many times. It is no feature. "" for none.
    missing : {"drop", "error", "mean"}
        What becomes of a row that lacks a value: left out and counted, refused, or the gap filled by the column's mean.
        A row without target or weight is never filled.
    missing_markers : tuple of str
        Further texts or numbers that mean no value (``["-999"]``), besides blanks, ``?``, ``-``, ``NA``, ``NaN``,
        ``null`` and the like.
    separator : str
        Between the values of delimited text: a character or a regular expression, or ``"auto"``.
    encoding : str
        Of text, as Python names it, or ``"auto"``: what the mark at its start says, else UTF-8, else cp1252.
    header : {"auto", "yes", "no"}
        Whether the first line names the columns. Columns without names are ``c1``, ``c2``, …. A row of units below the
        names is passed over.
    names : tuple of str
        Names for the columns in place of the file's; with ``header = "yes"`` the first line is passed over.
    comment : str
        What a comment line begins with; ``"auto"`` is ``#``, "" is none.
    skip_lines : int
        Lines to pass over at the start.
    skip_last : int
        Lines to pass over at the end, blank ones aside: totals, sources, notes.
    decimal : {"auto", ".", ","}
        The decimal mark.
    thousands : {"auto", "none", ",", ".", " ", "'"}
        What parts the thousands.
    percent : {"as_written", "fraction"}
        Whether 45% is 45 or 0.45.
    dates : {"auto", "dmy", "mdy", "no"}
        Whether the day or the month comes first in dates such as 01/02/2024; dates are days since 1970-01-01.
    categories : {"auto", "dummies", "error"}
        What becomes of a column of texts: a column of ones and zeros for each level but the first, if it looks like a
        category, always, or never.
    """

    groups_by_columns: ClassVar[bool] = True

    path: str
    folder: str = field(default="", metadata={"told": False})
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
            raise ValueError("names: got one of them twice, wanted a name of its own for each column")

    def _wanted(self) -> Wanted:
        raise NotImplementedError

    def check_files(self) -> None:
        """See that the files are there, without reading them.

        Raises
        ------
        DatasetError
            When one is not.
        """
        check_files(self._place)

    def load(self) -> Table:
        """Read the columns.

        Raises
        ------
        DatasetError
            When there is no such file or column, the file cannot be read, a column is not numbers, or what is there
            can be read in more than one way: the message names the option that decides.
        """
        return read_table(self._place, self._wanted(), self._how())

    def blocks(self) -> Blocks | None:
        """Named columns of numbers through DuckDB, as `harness.datasets._reading.streams` has them.

        Raises
        ------
        DatasetError
            As `load`, and when DuckDB is not installed.
        """
        return streams.blocks_of(self._place, self._wanted(), self._how())

    def expected_bytes(self) -> int:
        """A few times what the files take on disk."""
        return streams.expected_bytes(self._place)

    def source(self) -> FileStamps | None:
        """The files; None of a query or a URL."""
        return streams.source(self._place)

    def columns(self) -> dict[str, NDArray[np.float64]]:
        """Every column of numbers that the file has, whole, with NaN where it has no value.

        Raises
        ------
        DatasetError
            As `load`.
        """
        return read_columns(self._place, self._how())

    @property
    def nickname(self) -> str:
        """What a person calls it: the file's name without its ending."""
        if is_select(self.path):
            return "query"
        return Path(self.path.partition("::")[0].strip()).name.partition(".")[0]

    @property
    def _place(self) -> str:
        return str(Path(self.folder) / self.path) if self.folder else self.path

    def _how(self) -> How:
        return How(**{each.name: getattr(self, each.name) for each in fields(How)})


def check_wanted(wanted: Wanted) -> None:
    """See that a choice of columns, or a formula, can make a problem.

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
