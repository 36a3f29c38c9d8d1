"""One word for one idea, wherever a person reads: the glossary of CONTRIBUTING.md, and what is not said beside it."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.paths import ROOT

PER = (
    "batch|call|case|column|dataset|epoch|file|fit|format|layout|library|line|measurement|plot|process|program|release|"
    "report|round|row|run|sample|score|second|side|task|update|worker"
)
AMOUNT = "bytes?|calls?|columns?|epochs?|files?|folders?|lines?|numbers?|objects?|passes|rows?|runs?|samples?|seconds?"


class Banned(NamedTuple):
    """What is not said.

    Attributes
    ----------
    pattern : str
    instead : str
    except_in : tuple of str
        Beginnings of paths where the word means something else.
    except_as : str
        Phrases that are meant, as a pattern.
    reason : str
        Of the exceptions.
    """

    pattern: str
    instead: str
    except_in: tuple[str, ...] = ()
    except_as: str = ""
    reason: str = ""


BANNED = (
    Banned(
        r"\bcells?\b",
        "case",
        except_in=(
            "harness/reports/",
            "harness/datasets/",
            "harness/exports/parquet.py",
            "backends/_linest.py",
            "backends/libreoffice_linest.py",
        ),
        except_as=r"Not \"cell\"|load cell",
        reason="a place in a table, of a sheet or of a file; Pontius calibrated a load cell",
    ),
    Banned(
        r"(?i)\bfigures?\b",
        "log ratio, plot, number",
        except_in=("harness/reports/notebook.py",),
        except_as=r"Not \"figure\"|figures/|Plotly figures?|`figure`|figures\(\)|go\.Figure",
        reason="Plotly's own name for a plot, a key of the history's JSON, and the folder of images",
    ),
    Banned(r"\bbroken[ -]off\b|\bbreak(?:s|ing)? off\b|\bbroke off\b", "interrupted"),
    Banned(r"\b(?:go(?:es)?|going|went) on with\b", "resume"),
    Banned(r"\bto be had\b", "available"),
    Banned(r"\bspinned\b", "kept a core busy"),
    Banned(rf"\b(?:{AMOUNT}|one) an? (?:{PER})\b", "per"),
    Banned(r"\b(?:[Pp]atient|[Ss]hel(?:f|ves))\b", "controlled backend, store"),
)


class Text(NamedTuple):
    """Something that a person reads."""

    place: str
    line: int
    text: str


def strings(path: Path) -> Iterator[tuple[int, str]]:
    """Docstrings and every text with a space in it; what stands between quotes in f-strings, too."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            yield node.lineno, node.value


@cache
def texts() -> tuple[Text, ...]:
    """Documents, docstrings, messages, help, suites."""
    code = sorted([*ROOT.glob("harness/**/*.py"), *ROOT.glob("backends/*.py")])
    found = [Text(str(path.relative_to(ROOT)), *each) for path in code for each in strings(path)]
    plain = [
        *ROOT.glob("*.md"), *ROOT.glob("*/README.md"), *ROOT.glob("*/*/README.md"), *ROOT.glob("configs/**/*.toml"),
        *ROOT.glob("configs/ci/*.yml"), ROOT / "Makefile", ROOT / "pyproject.toml",
    ]  # fmt: skip
    for path in sorted(plain):
        found += [Text(str(path.relative_to(ROOT)), i, line) for i, line in enumerate(path.read_text().splitlines(), 1)]
    return tuple(found)


@pytest.mark.parametrize("banned", BANNED, ids=lambda banned: banned.instead)
def test_one_word_for_one_idea(banned: Banned) -> None:
    found = []
    for each in texts():
        if each.place.startswith(banned.except_in or ("-",)):
            continue
        text = re.sub(banned.except_as, "", each.text) if banned.except_as else each.text
        found += [
            f"{each.place}:{each.line}: {match[0]!r}, wanted {banned.instead}"
            for match in re.finditer(banned.pattern, text)
        ]
    assert not found, "\n".join(found)


GLOSSARY = re.findall(r"^\| \*\*([^*]+)\*\* \| (.+) \|$", (ROOT / "CONTRIBUTING.md").read_text(), re.MULTILINE)


def test_the_glossary_has_each_word_once_in_order_and_briefly() -> None:
    words = [word for word, _ in GLOSSARY]
    assert {"case", "round", "sample", "log ratio", "plot", "verdict", "row"} <= set(words)
    assert words == sorted(set(words))
    for word, meaning in GLOSSARY:
        sentences = re.findall(r"[.](?:\s|$)", meaning)
        assert 1 <= len(sentences) <= 3, word


def test_every_word_of_the_glossary_is_used() -> None:
    read = "\n".join(
        path.read_text() for path in sorted({ROOT / each.place for each in texts()}) if path.name[0] != "C"
    )
    for word, _ in GLOSSARY:
        assert re.search(rf"(?i)\b{word[:7]}", read), word
