"""The verb about all stored runs: history."""

from __future__ import annotations

from typing import Annotated

import typer

from harness.cli.command import app
from harness.cli.options import RESULTS, FormatOption, ResultsOption
from harness.cli.output import put_report
from harness.cli.stores import store_at


@app.command()
def history(
    case: Annotated[str, typer.Argument(help="A case's id; * and ? match. All cases when left out.")] = "",
    layout: FormatOption = "text",
    results: ResultsOption = RESULTS,
) -> None:
    """Show trends over all stored runs, and each step in them with the commits and versions on both sides."""
    from harness.history import history as history_of

    store = store_at(results)
    paths = [*store.paths(), *sorted((store.root / "published").glob("*.jsonl"))]
    put_report("history", history_of(paths, case), layout)
