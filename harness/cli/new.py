"""The verb that writes a suite to begin with: new."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.cli.command import app
from harness.cli.options import given_path
from harness.cli.output import put, say
from harness.errors import UsageError


@app.command()
def new(
    path: Annotated[Path | None, typer.Argument(help="The file to write; standard output when left out.",
                                                metavar="FILE.toml", parser=given_path)] = None,
    data: Annotated[str, typer.Option(help="A file of columns, or a dataset by name.", metavar="DATA")] = "advertising",
    formula: Annotated[str, typer.Option(help='What to fit: "price ~ area + C(town)".', metavar="FORMULA")] = "",
    target: Annotated[str, typer.Option(help="In place of a formula: the column to predict.", metavar="COLUMN")] = "",
    backend: Annotated[list[str] | None, typer.Option("--backend", help="A backend, or your own function: mine.py:fit. "
                                                      "May be repeated; all direct solvers when left out.",
                                                      metavar="NAME")] = None,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds; 12 to compare times by.", metavar="N")] = 1,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schema of suites instead, for an "
                                         "editor.")] = False,
) -> None:  # fmt: skip
    """Write a suite with comments, or print the JSON Schema of suites."""
    if schema:
        _put_schema()
        return
    from harness.tryout import Draft, dataset_table, default_backends
    from harness.tryout.subject import title_of

    table = dataset_table(data, formula, target)
    names = backend or default_backends()
    plan = {"rounds": rounds, "seconds": 0.3, "limit": 60}
    draft = Draft(name=path.stem if path else title_of(data), datasets=[table], plan=plan,
                  backends=[{"use": each} for each in names])  # fmt: skip
    draft.suite((path or Path("new.toml")).absolute())
    if path is None:
        put(draft.text())
        return
    _write(path, draft.text())
    say(f"{path}: `linbench validate {path}` checks it, `linbench run {path}` measures it")


def _write(path: Path, text: str) -> None:
    from harness.files import write_out

    if path.suffix != ".toml" or path.exists():
        why = "it is there already; name another" if path.exists() else "wanted a name that ends in .toml"
        raise UsageError(f"{path}: {why}")
    try:
        write_out(path, text.encode())
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from error


def _put_schema() -> None:
    import json

    from harness.config.schema import suite_schema

    put(json.dumps(suite_schema(), indent=2, default=str))
