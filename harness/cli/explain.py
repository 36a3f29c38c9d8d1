"""The verb explain: why an answer is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness.cli.command import app
from harness.cli.options import RESULTS, FormatOption, ResultsOption
from harness.cli.output import put_report, say
from harness.cli.stores import progress_of, store_at
from harness.errors import DatasetError, NothingToShow, UsageError, nearest

if TYPE_CHECKING:
    from harness.config import Case
    from harness.datasets.base import Dataset
    from harness.explain.case import Stored
    from harness.explain.explanation import Explanation
    from harness.results import Store


@app.command()
def explain(  # noqa: PLR0913, PLR0917 - a verb's options are its parameters
    subject: Annotated[str, typer.Argument(help="A case of a run or a suite; with --coef: a file, or a dataset.",
                                           metavar="CASE | DATA")],
    coef: Annotated[str, typer.Option(help='Coefficients from anywhere, as printed: "0.25, 1.9" or "a=0.25, b=1.9".',
                                      metavar="NUMBERS")] = "",
    intercept: Annotated[str, typer.Option(help="The intercept that came with them.", metavar="NUMBER")] = "",
    target: Annotated[str, typer.Option(help="With --coef: the column to predict.", metavar="COLUMN")] = "",
    features: Annotated[str, typer.Option(help="With --coef: the columns to predict from; else all usable ones.",
                                          metavar="COLUMN,…")] = "",
    formula: Annotated[str, typer.Option(help='With --coef: "y ~ a + b" in place of target and features.',
                                         metavar="FORMULA")] = "",
    weights: Annotated[str, typer.Option(help="With --coef: the column of the rows' weights.", metavar="COLUMN")] = "",
    no_intercept: Annotated[bool, typer.Option("--no-intercept", help="With --coef: the model has no intercept.")] =
    False,
    against: Annotated[str, typer.Option(help="Another backend, to compare the case with.", metavar="BACKEND")] = "",
    run: Annotated[str, typer.Option(help="The run that has the case; 'latest' when left out.", metavar="RUN")] = "",
    suite: Annotated[str, typer.Option(help="A suite that has the case, measured now.", metavar="SUITE")] = "",
    keep: Annotated[bool, typer.Option("--keep", help="Add what was found to the run, for its report.")] = False,
    layout: FormatOption = "text",
    results: ResultsOption = RESULTS,
) -> None:  # fmt: skip
    """Find out why an answer is wrong.

    Says which other question it answers, or which setting costs it digits. Exit code 4: no run has the case.
    """
    if coef:
        _refuse("--coef", against=against, run=run, suite=suite, keep=keep)
        _identify(subject, coef, intercept, _options(target, features, formula, weights, no_intercept), layout)
        return
    given = {"target": target, "features": features, "formula": formula, "weights": weights}
    given |= {"no-intercept": "yes" if no_intercept else ""}
    _refuse("a case", intercept=intercept, **given)
    if run and suite:
        raise UsageError("explain: got --run and --suite, wanted one of them")
    if keep and suite:
        raise UsageError("explain: got --keep and --suite; what was found is kept with a run, so give --run")
    _explain_case(subject, against, run, suite, layout, store_at(results), keep=keep)


def _refuse(beside: str, **given: object) -> None:
    wrong = next((name for name, value in given.items() if value), None)
    if wrong is not None:
        raise UsageError(
            f"explain: got --{wrong} beside {beside}; --coef is for data; --against, --run, --suite, --keep for cases"
        )


def _options(target: str, features: str, formula: str, weights: str, no_intercept: bool) -> dict[str, Any]:
    if formula and (target or features):
        raise UsageError(f"explain: got --formula and --{'target' if target else 'features'}, wanted one of them")
    names = tuple(filter(None, (each.strip() for each in features.split(","))))
    given: dict[str, Any] = {"target": target, "features": names, "formula": formula, "weights": weights}
    chosen = {name: value for name, value in given.items() if value}
    return chosen | ({"intercept": False} if no_intercept else {})


def _identify(data: str, coef: str, intercept: str, options: dict[str, Any], layout: str) -> None:
    from harness.explain import given, identify
    from harness.explain.data import question_of
    from harness.machine import cache_folder

    question = question_of(_dataset(data, options), cache_folder() / "references")
    if intercept and not question.intercept:
        raise UsageError("--intercept: got a number, and the model has no intercept; leave one of them out")
    put_report("identification", identify(question, given(coef, question.features, intercept)), layout)


def _dataset(data: str, options: dict[str, Any]) -> Dataset:
    from harness.catalog import dataset_class, dataset_names
    from harness.datasets.file import File

    if data in dataset_names() and not Path(data).exists():
        return _made(dataset_class(data), data, options)
    if not (Path(data).exists() or "::" in data or "://" in data or set("*?[") & set(data)):
        raise DatasetError(f"{data}: there is no such file and no such dataset{nearest(data, dataset_names())}")
    if not any(options.get(each) for each in ("target", "formula")):
        raise UsageError(f'{data}: which column is predicted? Give --target COLUMN, or --formula "y ~ a + b"')
    return _made(File, data, {"path": data, **options})


def _made(kind: type[Dataset], name: str, options: dict[str, Any]) -> Dataset:
    try:
        return kind(**options)
    except (TypeError, ValueError) as error:
        takes = ", ".join(sorted(kind.defaults()))
        why = f"it takes {takes}" if isinstance(error, TypeError) else str(error)
        raise UsageError(f"{name}: does not take these options: {why}") from error


def _explain_case(subject: str, against: str, run: str, suite: str, layout: str, store: Store, *, keep: bool) -> None:
    from harness.explain.case import explain_case

    case, stored = _case_and_answer(subject, run, suite, store)
    if keep and stored is not None and stored.path.suffix == ".gz":
        raise UsageError(f"{stored.path}: got a packed run, to which nothing can be added; unpack it with gunzip")
    with progress_of(store, ["explain"], 0.01) as progress:
        found = explain_case(case, store, progress, stored=stored, against=against)
    put_report("explanation", found, layout)
    if keep and stored is not None:
        _keep(found, stored)


def _keep(found: Explanation, stored: Stored) -> None:
    """Add the explanation to the run's file."""
    from contextlib import closing

    from harness.reports.sheets.explanation import explanation
    from harness.results import ExplanationRecord, RunWriter, now

    said = tuple(line.text for line in explanation(found).before)
    cause = None if found.best is None else found.best.name
    with closing(RunWriter(stored.path)) as writer:
        writer.explanation(ExplanationRecord(case=stored.row.case.id, explained=now(), cause=cause, said=said))
    say(f"explain: kept with run {stored.run}; `linbench report {stored.run}` shows it under what was found")


def _case_and_answer(subject: str, run: str, suite: str, store: Store) -> tuple[Case, Stored | None]:
    from harness.bisect.measure import chosen_case
    from harness.config import load_suite
    from harness.explain.case import stored_case

    if Path(subject).is_file():
        raise UsageError(
            f"explain {subject!r}: it is a file, wanted a case; give --coef NUMBERS to explain numbers from it"
        )
    if suite:
        return chosen_case(load_suite(suite), subject, option="explain"), None
    try:
        measured = store.load(run or "latest")
    except NothingToShow:
        if run:
            raise
        raise NothingToShow(
            "explain: no run is stored that could have the case; give --suite SUITE to measure it"
        ) from None
    return stored_case(measured, subject)
