"""Guesses the kind of a file that is not a run, from its beginning."""

import json
import re
from pathlib import Path

BEGINNING = 1 << 16
"""Bytes that are read."""

MAGIC = {
    b"\x1f\x8b": "a gzip file",
    b"PK\x03\x04": "a zip file",
    b"PAR1": "a Parquet file",
    b"\x89PNG": "a PNG image",
    b"%PDF": "a PDF",
    b"SQLite format 3": "an SQLite database",
}


def kind_of_file(path: Path) -> str:
    """``"a CSV file"``, ``"a JSON file"``, …; ``"a text file"`` or ``"a binary file"`` where nothing more is known."""
    with path.open("rb") as file:
        start = file.read(BEGINNING)
    for magic, kind in MAGIC.items():
        if start.startswith(magic):
            return kind
    if not start.strip():
        return "an empty file"
    try:
        return _kind_of_text(start.decode("utf-8-sig"), path.suffix.lower())
    except UnicodeDecodeError as error:
        cut_off = len(start) == BEGINNING and error.start > BEGINNING - 4
        return (
            _kind_of_text(start[: error.start].decode("utf-8-sig"), path.suffix.lower()) if cut_off else "a binary file"
        )


def _kind_of_text(text: str, suffix: str) -> str:
    first = text.lstrip().partition("\n")[0].strip()
    if _is_json(first):
        return "a file of JSON lines" if suffix in (".jsonl", ".ndjson") else "a JSON file"
    if first[0] in "{[" and (suffix in (".json", ".jsonl") or re.match(r'[{\[]\s*(["{\[}\]]|$)', first)):
        return "a JSON file"
    if first.startswith("<"):
        return "an HTML file" if re.match(r"<(!doctype )?html", first, re.IGNORECASE) else "an XML file"
    if suffix == ".toml":
        return "a TOML file (a suite?)"
    if suffix in (".csv", ".tsv") or any(sign in first for sign in ",;\t"):
        return "a CSV file"
    return "a text file"


def _is_json(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict | list)
    except (ValueError, RecursionError):
        return False
