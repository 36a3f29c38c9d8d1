"""The verb that needs no suite: try."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness.cli import completion
from harness.cli.command import app
from harness.cli.options import RESULTS, FormatOption, ResultsOption, given_path
from harness.cli.output import put_report, say, writing
from harness.cli.slips import check_names, check_question
from harness.cli.stores import exit_by_status, progress_of, store_at
from harness.errors import DatasetError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.config import Suite
    from harness.results import Store
    from harness.runner import Observer
    from harness.tryout import Attempt, Draft

SECONDS, LIMIT = 0.02, 20
"""The plan: seconds of samples per case, and the limit of a case."""


@app.command("try", context_settings={"allow_extra_args": True})  # a formula without quotes gets a better message
def try_(  # noqa: PLR0913, PLR0917 - a verb's options are its parameters
    context: typer.Context,
    data: Annotated[str, typer.Argument(help="A file of columns, or a dataset by name.", metavar="DATA",
                                        autocompletion=completion.data)],
    formula: Annotated[str, typer.Argument(help='"price ~ area + rooms + C(town)"', metavar="FORMULA")] = "",
    target: Annotated[list[str] | None, typer.Option(help="Without a formula: the column to predict, from all others "
                                                     "that can be used. May be repeated: each is predicted from what "
                                                     "is no target.", metavar="COLUMN")] = None,
    features: Annotated[str, typer.Option(help="The columns to predict from.", metavar="COLUMN,…")] = "",
    weights: Annotated[str, typer.Option(help="The column of the rows' weights.", metavar="COLUMN")] = "",
    own: Annotated[list[str] | None, typer.Option("--with", help="Your own function or estimator beside them: "
                                                  "mine.py:fit, package.module:Class. May be repeated.",
                                                  metavar="FILE.py:NAME")] = None,
    backend: Annotated[list[str] | None, typer.Option("--backend", help="Only this backend, of those that `linbench "
                                                      "list backends` shows. May be repeated.", metavar="NAME",
                                                      autocompletion=completion.backends)] = None,
    more: Annotated[list[str] | None, typer.Option("--set", help="How to read the data, such as header=no or "
                                                   "missing=error; `linbench list datasets` has all options. May be "
                                                   "repeated.", metavar="OPTION=VALUE")] = None,
    save: Annotated[Path | None, typer.Option(help="Write the suite that this is.", metavar="FILE.toml",
                                              parser=given_path)] = None,
    page: Annotated[bool, typer.Option("--html", help="Write the report too, and print its path.")] = False,
    layout: FormatOption = "text",
    results: ResultsOption = RESULTS,
) -> None:  # fmt: skip
    """Fit your data with everything installed, and say whom to trust. Exit code 3: some backend failed."""
    from harness.tryout import attempt

    check_names(own or [], backend or [])
    check_question(data, formula, context.args, target or [])
    store = store_at(results)
    columns = [each.strip() for each in features.split(",") if each.strip()]
    target_and_features = {"formula": formula, "target": target or [], "features": columns, "weights": weights}
    draft = _draft(data, target_and_features, own or [], backend or [], more or [])
    suite = draft.suite(Path("try.toml").absolute())
    if save is not None:
        _save(draft, save)
    with progress_of(store, [suite.name], SECONDS, guess=False) as progress:
        found = _attempt(attempt, suite, store, progress)
    put_report("attempt", found, layout)
    say(f"run {found.run.id}, saved as {found.run.path}; `linbench show` has all of its numbers, and")
    say("`linbench explain BACKEND` measures which setting costs an answer its digits")
    if page:
        from harness.reports.page import build

        say(f"the report: {build(found.run, store.root / 'reports' / found.run.id, (found.run.path,))}")
    exit_by_status(found.run)


def _attempt(attempt: Callable[[Suite, Store, Observer], Attempt], *given: Any) -> Attempt:
    """The attempt; a message that names an option to set says how `try` sets it."""
    try:
        return attempt(*given)
    except DatasetError as error:
        how = "; here as --set OPTION=VALUE" if " set " in str(error) else ""
        raise DatasetError(f"{error}{how}") from error


def _draft(data: str, chosen: dict[str, Any], own: list[str], backends: list[str], more: list[str]) -> Draft:
    from harness.tryout import Draft, dataset_table, default_backends
    from harness.tryout.subject import options_of, title_of

    table = dataset_table(data, **chosen, more=options_of(more))
    names = backends or default_backends()
    return Draft(
        name=title_of(data),
        datasets=[table],
        backends=[{"use": each} for each in [*own, *names]],
        plan={"rounds": 1, "seconds": SECONDS, "limit": LIMIT},
    )


def _save(draft: Draft, path: Path) -> None:
    from harness.files import write_out

    if path.suffix != ".toml":
        raise UsageError(f"--save {path}: wanted a name that ends in .toml")
    with writing(f"--save {path}"):
        write_out(path, draft.text().encode())
    say(f"the suite is in {path}: `linbench run {path}` measures it again")
