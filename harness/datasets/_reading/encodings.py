"""Finds the encoding of a text: by its byte-order mark, else UTF-8, else western Windows (cp1252)."""

import codecs
import re
from typing import IO, NamedTuple

from harness.datasets._reading.source import Source
from harness.errors import DatasetError

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16's, which it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
PIECE = 1 << 20

FOREIGN = (
    (b"PAR1", "Parquet; call it .parquet"),
    (b"ARROW1", "Feather; call it .feather"),
    (b"SQLite format 3", "an SQLite database; save the table as csv"),
    (b"\xd0\xcf\x11\xe0", "an Excel workbook; call it .xls"),
)
"""Formats that are not text, by their first bytes."""

WEB_PAGE = re.compile(rb"\s*<(!doctype )?html", re.IGNORECASE)


class Encoding(NamedTuple):
    """An encoding's name, with a note unless it is UTF-8."""

    name: str
    said: tuple[str, ...] = ()


def encoding_of(source: Source, asked: str) -> Encoding:
    """The encoding of a text file.

    Raises
    ------
    DatasetError
        When no encoding fits, or the one asked for does not.
    """
    if asked != "auto":
        return _asked(source, asked)
    with source.unpacked() as file:
        head = file.read(PIECE)
        _check_text(source.name, head)
        for mark, name in MARKS:
            if head.startswith(mark):
                if not _decodes(head, file, name):
                    raise DatasetError(
                        f"{source.name} has the byte-order mark of {name} but is not {name}; set encoding"
                    )
                return Encoding(name, () if name == "utf-8-sig" else (f"the text is {name}",))
        if (wide := _without_mark(head)) and _decodes(head, file, wide):
            return Encoding(wide, (f"the text is {wide}",))
    with source.unpacked() as file:
        if _decodes(b"", file, "utf-8"):
            return Encoding("utf-8")
    if b"\0" in head:
        raise DatasetError(f"{source.name} is not text; give its format by its suffix, or set encoding")
    with source.unpacked() as file:
        if _decodes(b"", file, "cp1252"):
            return Encoding("cp1252", ('the text is not UTF-8 and is read as encoding = "cp1252" (western Windows)',))
    raise DatasetError(f'{source.name} is neither UTF-8 nor cp1252; set encoding ("latin-1", "cp1251", "shift_jis", …)')


def _check_text(name: str, head: bytes) -> None:
    if WEB_PAGE.match(head):
        raise DatasetError(f"{name} is a web page, not a table; give the address of the file itself")
    foreign = next((what for first, what in FOREIGN if head.startswith(first)), "")
    if foreign and b"\0" in head:
        raise DatasetError(f"{name} is {foreign}")


def _asked(source: Source, name: str) -> Encoding:
    try:
        codecs.lookup(name)
    except LookupError:
        raise DatasetError(
            f'encoding: got {name!r}, wanted one that Python knows ("utf-8", "cp1252", "utf-16", …)'
        ) from None
    with source.unpacked() as file:
        if not _decodes(b"", file, name):
            raise DatasetError(f'{source.name} is not {name} text; set another encoding, or "auto"')
    return Encoding("utf-8-sig" if name.lower().replace("_", "-") in {"utf-8", "utf8"} else name)


def _decodes(head: bytes, rest: IO[bytes], name: str) -> bool:
    decoder = codecs.getincrementaldecoder(name)()
    try:
        decoder.decode(head)
        while piece := rest.read(PIECE):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except (UnicodeDecodeError, UnicodeError):
        return False
    return True


def _without_mark(head: bytes) -> str:
    """UTF-16 without a mark, in which every other byte of plain text is 0; else ""."""
    if len(head) < 4:
        return ""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > len(head) * 0.4 and even == 0:
        return "utf-16-le"
    return "utf-16-be" if even > len(head) * 0.4 and odd == 0 else ""
