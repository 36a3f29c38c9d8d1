"""Gnumeric's LINEST, by `ssconvert`."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from backends._linest import linest, read_linest, refuse_large, sheet_rows
from backends._program import Package
from backends._whole import Document, Estimates, Whole
from backends.base import Library, Problem

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<gnm:Workbook xmlns:gnm="http://www.gnumeric.org/v10.dtd">
<gnm:SheetNameIndex><gnm:SheetName gnm:Cols="{columns}" gnm:Rows="1048576">data</gnm:SheetName></gnm:SheetNameIndex>
<gnm:Sheets><gnm:Sheet><gnm:Name>data</gnm:Name><gnm:Cells>
"""
TAIL = "</gnm:Cells></gnm:Sheet></gnm:Sheets></gnm:Workbook>\n"
NUMBER = '<gnm:Cell Row="{row}" Col="{column}" ValueType="40">{value}</gnm:Cell>\n'
ARRAY = '<gnm:Cell Row="{row}" Col="0" Rows="5" Cols="{columns}">={formula}</gnm:Cell>\n'


@dataclass(frozen=True, kw_only=True)
class GnumericLinest(Whole):
    """Least squares with LINEST in Gnumeric: `ssconvert` recalculates a workbook for each fit, timed whole."""

    library: ClassVar[Library] = Library("backends._program", "Gnumeric", program=True)
    package: ClassVar[Package] = Package("gnumeric")

    program: str = "ssconvert"

    def check(self, problem: Problem) -> None:
        """Refuse a penalty, and data larger than a sheet."""
        super().check(problem)
        refuse_large(problem, 1_048_576, 16_384, "a sheet of Gnumeric")

    def write(self, problem: Problem, folder: Path) -> None:
        """A workbook in Gnumeric's own format."""
        n, p = problem.X.shape
        columns = 256
        while columns < p + 1:
            columns *= 2
        with (folder / "data.gnumeric").open("w", encoding="utf-8") as file:
            file.write(HEAD.format(columns=columns))
            for i, row in enumerate(sheet_rows(problem)):
                file.writelines(NUMBER.format(row=i, column=j, value=value) for j, value in enumerate(row))
            file.write(ARRAY.format(row=n, columns=p + 1, formula=linest(problem)))
            file.write(TAIL)

    def command(self, document: Document) -> Sequence[str]:
        """Recalculate, and write every digit of the result."""
        options = 'format=raw separator=" "'
        words = ["--recalc", "-T", "Gnumeric_stf:stf_assistant", "-O", options, "data.gnumeric", "data.txt"]
        return [self.program, *words]

    def read(self, document: Document, printed: str) -> Estimates:
        """The array below the data."""
        lines = (document.folder / "data.txt").read_text(encoding="utf-8").splitlines()
        return read_linest(lines, document.rows, document.columns, "Gnumeric", intercept=document.intercept)
