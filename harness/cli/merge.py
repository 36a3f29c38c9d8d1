"""The verb merge: join runs."""

from pathlib import Path
from typing import Annotated

import typer

from harness.cli import completion
from harness.cli.command import app
from harness.cli.options import RESULTS, ResultsOption, given_path
from harness.cli.output import put, writing
from harness.cli.stores import store_at
from harness.errors import UsageError


@app.command()
def merge(
    runs: Annotated[
        list[str],
        typer.Argument(
            help="The runs to join, two or more: paths or ids.", metavar="RUN", autocompletion=completion.runs
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            help="The run file to write; results/runs/ID.jsonl when left out.", metavar="FILE", parser=given_path
        ),
    ] = None,
    results: ResultsOption = RESULTS,
) -> None:
    """Join runs of one suite into one run file.

    They may come from several machines. Prints the file's path.
    """
    from harness.files import write_whole
    from harness.results.merging import merged
    from harness.results.writing import content_of

    if len(runs) < 2:
        raise UsageError(f"merge: got {len(runs)} run, wanted two or more")
    store = store_at(results)
    whole = merged([store.load(each) for each in runs])
    path = out or store.runs / whole.path.name
    with writing(path, "; give another with --out"):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, content_of(whole))
    put(str(path))
