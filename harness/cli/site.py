"""The verb site: pages over many runs."""

from pathlib import Path
from typing import Annotated

import typer

from harness.cli import completion
from harness.cli.command import app
from harness.cli.options import RESULTS, ResultsOption, given_path
from harness.cli.output import put
from harness.cli.stores import store_at


@app.command()
def site(
    runs: Annotated[
        list[str] | None,
        typer.Argument(
            help="Run files or ids; those under results/published/ when left out.",
            metavar="RUN",
            show_default=False,
            autocompletion=completion.runs,
        ),
    ] = None,
    out: Annotated[
        Path,
        typer.Option(help="The folder to write; an older site in it is replaced.", metavar="DIR", parser=given_path),
    ] = Path("site"),
    results: ResultsOption = RESULTS,
) -> None:
    """Write static pages over many runs and machines.

    Prints the path of the first page.
    """
    from harness.history import annotations
    from harness.reports.site import build_site
    from harness.results.store import run_files

    store = store_at(results)
    published = run_files(store.root / "published")
    chosen = [store.find(each) for each in runs] if runs else published
    put(str(build_site(chosen, out, annotations(store.root))))
