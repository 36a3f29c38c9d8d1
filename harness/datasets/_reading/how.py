"""The options for reading a file; ``"auto"`` decides by its content."""

from dataclasses import dataclass
from typing import Literal

Header = Literal["auto", "yes", "no"]
Decimal = Literal["auto", ".", ","]
Thousands = Literal["auto", "none", ",", ".", " ", "'"]
Percent = Literal["as_written", "fraction"]
Dates = Literal["auto", "dmy", "mdy", "no"]
Text = Literal["auto", "dummies", "error"]
Missing = Literal["drop", "error", "mean"]


@dataclass(frozen=True, kw_only=True)
class How:
    """The options for reading a file, documented in `harness.datasets._file_options.FileOptions`."""

    separator: str = "auto"
    encoding: str = "auto"
    comment: str = "auto"
    header: Header = "auto"
    names: tuple[str, ...] = ()
    skip_lines: int = 0
    skip_last: int = 0
    decimal: Decimal = "auto"
    thousands: Thousands = "auto"
    percent: Percent = "as_written"
    dates: Dates = "auto"
    categories: Text = "auto"
    missing_markers: tuple[str, ...] = ()
    missing: Missing = "drop"
