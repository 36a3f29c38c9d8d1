"""The verb that makes pages over many runs: site."""

from pathlib import Path
from typing import Annotated

import typer

from harness.cli.command import app
from harness.cli.options import RESULTS, ResultsOption, given_path
from harness.cli.output import put
from harness.cli.stores import store_at


@app.command()
def site(
    runs: Annotated[
        list[str] | None,
        typer.Argument(
            help="Run files or ids; results/published/*.jsonl when left out.", metavar="RUN…", show_default=False
        ),
    ] = None,
    out: Annotated[
        Path,
        typer.Option(help="The folder to write; an older site in it is replaced", metavar="DIR", parser=given_path),
    ] = Path("site"),
    results: ResultsOption = RESULTS,
) -> None:
    """Write static pages over many runs and machines, and print the path of the first."""
    from harness.reports.site import build_site

    store = store_at(results)
    published = sorted((store.root / "published").glob("*.jsonl"))
    put(str(build_site([store.find(each) for each in runs] if runs else published, out)))
