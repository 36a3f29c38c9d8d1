"""The lines of a run file: JSON objects, each with its checksum."""

import gzip
import re
import zlib
from pathlib import Path

from harness.errors import StoreError
from harness.records import json_text

LONE_SURROGATE = re.compile("[\ud800-\udfff]")
"""Cannot be encoded, but may be in a file's name; kept as the text of its escape."""

CHECKSUM = re.compile(rb',"crc32":"([0-9a-f]{8})"\}\Z')

MOST_UNPACKED = 1 << 30
"""Most bytes of a decompressed file."""


def line_of(record: object) -> bytes:
    """A record as a line: its last key is the CRC-32 of the object without that key."""
    text = LONE_SURROGATE.sub(lambda found: f"\\\\u{ord(found[0]):04x}", json_text(record)).encode()
    return text[:-1] + b',"crc32":"%08x"}\n' % zlib.crc32(text)


def checked(line: bytes, *, wanted: bool) -> bytes:
    """The object of a line without its checksum, which is optional in files of format 1.

    Raises
    ------
    ValueError
        When the checksum does not match, or is ``wanted`` but missing.
    """
    found = CHECKSUM.search(line)
    if found is None:
        if wanted:
            raise ValueError("its checksum is missing")
        return line
    whole = line[: found.start()] + b"}"
    if int(found[1], 16) != zlib.crc32(whole):
        raise ValueError("its checksum does not match: part of the line was changed or lost")
    return whole


def whole_lines(path: Path) -> list[bytes]:
    """The lines of a file, gzipped or not; whatever follows the last line feed counts as not written.

    Raises
    ------
    StoreError
        When the file cannot be read.
    """
    try:
        lines = (_unpacked(path) if path.suffix == ".gz" else path.read_bytes()).split(b"\n")
    except (OSError, EOFError, zlib.error) as error:
        raise StoreError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from error
    lines.pop()  # empty after a complete last line, else a part that a crash left
    return lines


def _unpacked(path: Path) -> bytes:
    """The contents of a gzipped file; empty where not a byte can be decompressed.

    Raises
    ------
    OSError, EOFError, zlib.error
        When it cannot be read, is not gzip, is truncated, or is larger than any run.
    """
    with gzip.open(path) as file:
        try:
            first = file.read(1)
        except EOFError:
            return b""
        found = first + file.read(MOST_UNPACKED)
    if len(found) > MOST_UNPACKED:
        raise OSError(0, f"it holds more than {MOST_UNPACKED} bytes")
    return found
