"""The verb that writes a first suite: new."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from harness.cli import completion
from harness.cli.command import app
from harness.cli.options import given_path
from harness.cli.output import put, say, writing
from harness.errors import UsageError


@app.command()
def new(
    path: Annotated[Path | None, typer.Argument(help="The file to write; standard output when left out.",
                                                metavar="FILE.toml", parser=given_path)] = None,
    data: Annotated[str, typer.Option(help="A file of columns, or a dataset by name. Without it, a prompt "
                                      "on a terminal, else advertising.",
                                      metavar="DATA", autocompletion=completion.data)] = "",
    formula: Annotated[str, typer.Option(help='What to fit: "price ~ area + C(town)".', metavar="FORMULA")] = "",
    target: Annotated[str, typer.Option(help="In place of a formula: the column to predict.", metavar="COLUMN")] = "",
    backend: Annotated[list[str] | None, typer.Option("--backend", help="A backend, or your own function: mine.py:fit. "
                                                      "May be repeated; all direct solvers when left out.",
                                                      metavar="NAME", autocompletion=completion.backends)] = None,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds; 12 to compare times by.", metavar="N")] = 1,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schema of suites instead, for an "
                                         "editor.")] = False,
) -> None:  # fmt: skip
    """Write a suite with comments, or print the JSON Schema of suites.

    On a terminal it asks for the data, what to fit and the backends that no option gives.
    """
    if schema:
        _put_schema()
        return
    from harness.tryout import Draft, dataset_table, default_backends
    from harness.tryout.subject import title_of

    names = backend or default_backends()
    if not (data or backend) and sys.stdin and sys.stdin.isatty():  # None where it is closed
        data, formula, target, names = _answers(formula, target, names)
    data = data or "advertising"
    table = dataset_table(data, formula, target)
    plan = {"rounds": rounds, "seconds": 0.3, "limit": 60}
    draft = Draft(name=path.stem if path else title_of(data), datasets=[table], plan=plan,
                  backends=[{"use": each} for each in names])  # fmt: skip
    draft.suite((path or Path("new.toml")).absolute())
    if path is None:
        put(draft.text())
        return
    _write(path, draft.text())
    say(f"{path}: `linbench validate {path}` checks it, `linbench run {path}` measures it")


def _answers(formula: str, target: str, names: list[str]) -> tuple[str, str, str, list[str]]:
    """Ask on the terminal for data, formula, target and backends."""
    from harness.tryout.subject import is_dataset

    data = _ask("data, a file or a dataset by name", "advertising")
    if not (is_dataset(data) or formula or target):
        fitted = _ask('what to fit: a column to predict, or a formula such as "y ~ a + b"')
        formula, target = (fitted, "") if "~" in fitted else ("", fitted)
    chosen = _ask("backends, separated by commas", "all direct solvers")
    names = names if chosen == "all direct solvers" else [each.strip() for each in chosen.split(",")]
    return data, formula, target, names


def _ask(what: str, default: str = "") -> str:
    """Ask on standard error: `typer.prompt` writes to standard output, which holds the suite."""
    while True:
        sys.stderr.write(f"{what} [{default}]: " if default else f"{what}: ")
        sys.stderr.flush()
        line = sys.stdin.readline()
        if not line:
            raise typer.Abort
        if answer := line.strip() or default:
            return answer


def _write(path: Path, text: str) -> None:
    from harness.files import write_out

    if path.suffix != ".toml" or path.exists():
        why = "this file exists; name another" if path.exists() else "wanted a name that ends in .toml"
        raise UsageError(f"{path}: {why}")
    with writing(path):
        write_out(path, text.encode())


def _put_schema() -> None:
    import json

    from harness.config.schema import suite_schema

    put(json.dumps(suite_schema(), indent=2, default=str))
