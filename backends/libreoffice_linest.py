"""LibreOffice Calc's LINEST, headless."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from backends._linest import linest, read_linest, refuse_large, sheet_rows
from backends._program import Package
from backends._whole import Document, Estimates, Whole
from backends.base import Library, Problem

NAMES = "urn:oasis:names:tc:opendocument:xmlns"
HEAD = f"""<?xml version="1.0" encoding="UTF-8"?>
<office:document xmlns:office="{NAMES}:office:1.0" xmlns:table="{NAMES}:table:1.0" xmlns:of="{NAMES}:of:1.2"
office:version="1.2" office:mimetype="application/vnd.oasis.opendocument.spreadsheet">
<office:body><office:spreadsheet><table:table table:name="data">
"""
TAIL = "</table:table></office:spreadsheet></office:body></office:document>\n"
NUMBER = '<table:table-cell office:value-type="float" office:value="{value}"/>'
ARRAY = """<table:table-row><table:table-cell office:value-type="float" table:formula="of:={formula}"
table:number-matrix-columns-spanned="{columns}" table:number-matrix-rows-spanned="5"/></table:table-row>
"""
FILTER = "csv:Text - txt - csv (StarCalc):32,34,76,1,,0,false,false"
"""Separated by spaces, in UTF-8, in English, with numbers in full and not as the sheet formats them."""


@dataclass(frozen=True, kw_only=True)
class LibreofficeLinest(Whole):
    """Least squares with LINEST in LibreOffice Calc, started headless for each fit, timed whole.

    It writes 15 digits, so no number can have more.
    """

    library: ClassVar[Library] = Library("backends._program", "LibreOffice", program=True)
    package: ClassVar[Package] = Package("libreoffice-calc")

    program: str = "soffice"

    def check(self, problem: Problem) -> None:
        """Refuse a penalty, and data larger than a sheet."""
        super().check(problem)
        refuse_large(problem, 1_048_576, 1024, "a sheet of LibreOffice")

    def write(self, problem: Problem, folder: Path) -> None:
        """A flat OpenDocument sheet."""
        with (folder / "data.fods").open("w", encoding="utf-8") as file:
            file.write(HEAD)
            for row in sheet_rows(problem):
                cells = "".join(NUMBER.format(value=value) for value in row)
                file.write(f"<table:table-row>{cells}</table:table-row>\n")
            file.write(ARRAY.format(columns=problem.X.shape[1] + 1, formula=linest(problem, ";", ".")))
            file.write(TAIL)

    def command(self, document: Document) -> Sequence[str]:
        """Convert with a separate profile, so that an office the user has open is left alone."""
        profile = f"-env:UserInstallation={(document.folder / 'profile').as_uri()}"
        return [self.program, profile, "--headless", "--norestore", "--convert-to", FILTER, "data.fods"]

    def read(self, document: Document, printed: str) -> Estimates:
        """The array below the data."""
        written = document.folder / "data.csv"
        if not written.exists():
            raise ValueError(f"LibreOffice wrote nothing; it said: {printed.strip()[-150:]}")
        lines = written.read_text(encoding="utf-8").splitlines()
        return read_linest(lines, document.rows, document.columns, "LibreOffice", intercept=document.intercept)
