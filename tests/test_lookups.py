"""What a run holds is read by attribute, which the type checker sees; a string is a key only where JSON is.

Two kinds of look-up are none of the house: a constant key on something that is called as a typed record is
(``header["plan"]``, ``row.get("case")``), and a constant key that is a field or a score of a run, whatever it is on.
"""

import ast
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from harness.config import CaseKey, Plan
from harness.judgement import scores
from harness.results import Descent, Measurement, ProblemRecord, Row, RunHeader, Timing
from tests.support.paths import ROOT

RECORDS = (CaseKey, Descent, Measurement, ProblemRecord, RunHeader, Timing)
KEYS = frozenset({each.name for kind in RECORDS for each in fields(kind)} | set(Plan.model_fields) | set(scores()))
NAMED = frozenset(
    {"case", "commit", "descent", "header", "machine", "measurement", "plan", "problem", "row", "scores", "timing"}
)

JSON = {
    "harness/records.py": "the edge itself",
    "harness/judgement/": "what a score is called is said there, and there alone",
    "harness/exports/": "other programs' JSON",
    "harness/estimator.py": "scikit-learn's parameters",
    "harness/cluster/dask_pool.py": "what Dask's scheduler says of its workers",
    "harness/datasets/_nist.py": "NIST's certified values, a JSON file",
    "harness/datasets/file.py": "options as a suite's file has them",
    "harness/datasets/_reading/": "files of data: groups of a match, tables of JSON",
    "harness/environments/": "pip's and uv's reports",
    "harness/reference/": "the cache's JSON",
    "harness/history/reader.py": "rows that DuckDB returns",
    "harness/worker/": "messages; a worker has nothing of the harness to read them with",
    "harness/loader/": "messages, as a worker's",
    "harness/compare/verdicts.py": "judgements by what is judged",
    "harness/reports/sheets/rows.py": "a row's own record, flattened for CSV",
    "harness/reports/plotting/": "Plotly's specifications",
    "harness/reports/notebook.py": "Plotly's specifications",
    "harness/reports/static.py": "Plotly's specifications",
}
"""Where a string is rightly a key, by file or folder, and why."""

FILES = [
    path
    for path in sorted(ROOT.glob("harness/**/*.py"))
    if not path.relative_to(ROOT).as_posix().startswith(tuple(JSON))
]


def lookups(source: str) -> Iterator[tuple[int, str, str]]:
    """Every look-up by a constant string that is read: its line, what is looked into, and the key."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Subscript(value, ast.Constant(str(key)), ast.Load()) if ast.unparse(value) != "Literal":
                yield node.lineno, ast.unparse(value), key
            case ast.Call(ast.Attribute(value, "get" | "pop" | "setdefault"), [ast.Constant(str(key)), *_]):
                yield node.lineno, ast.unparse(value), key


def improper(source: str) -> list[str]:
    return [
        f"line {line}: {of}[{key!r}]"
        for line, of, key in lookups(source)
        if key in KEYS or of.rpartition(".")[2] in NAMED
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_run_is_read_by_strings(path: Path) -> None:
    assert improper(path.read_text()) == []


@pytest.mark.parametrize(
    "source",
    [
        'run.header["plan"]["rounds"]',
        'row.plan.get("anything", {})',
        'values["digits"]',
        'row.scores.get("digits")',
        'found.get("peak_memory_bytes")',
        'line.pop("case")',
    ],
)
def test_a_look_up_that_came_back_would_be_found(source: str) -> None:
    assert improper(source)


@pytest.mark.parametrize("source", ['row["digits"] = 1.0', "digits.of(row)", 'os.environ.get("HOME")', "table[name]"])
def test_what_is_no_look_up_of_a_run_is_let_be(source: str) -> None:
    assert not improper(source)


def test_the_exceptions_exist_and_a_row_is_no_mapping() -> None:
    assert not hasattr(Row, "__getitem__")
    assert not hasattr(RunHeader, "__getitem__")
    assert {each for each in JSON if not (ROOT / each).exists()} <= {"harness/loader/"}
