"""The verbs of the gate: check, accept, selftest."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.command import app
from harness.cli.compare import end_comparison, parse_seconds
from harness.cli.options import RESULTS, AllOption, FormatOption, LevelOption, MarginOption, ResultsOption, RunArgument
from harness.cli.output import end, put, say
from harness.cli.stores import progress_of, recent_runs, store_at
from harness.errors import UsageError, near_cases
from harness.limits import MOST_ROUNDS, MOST_SECONDS

if TYPE_CHECKING:
    from harness.compare import Thresholds
    from harness.results import Run, Store


@app.command()
def check(  # noqa: PLR0913, PLR0917 - a verb's options are its parameters
    run: RunArgument = "latest",
    measure: Annotated[
        str,
        typer.Option(
            help="Measure this suite now, each case until a slowdown is unlikely, and check it.", metavar="SUITE"
        ),
    ] = "",
    budget: Annotated[
        float | None,
        typer.Option(
            help="With --measure: how long it may take, unless much looks worse and is measured again: 90s.",
            metavar="TIME",
            parser=parse_seconds,
        ),
    ] = None,
    baseline: Annotated[str, typer.Option(help="A run in place of the accepted baseline.", metavar="RUN")] = "",
    level: LevelOption = 0.01,
    margin: MarginOption = 0.02,
    confirm: Annotated[
        bool, typer.Option("--confirm/--no-confirm", help="Measure what looks worse again before it fails.")
    ] = True,
    everything: AllOption = False,
    layout: FormatOption = "text",
    results: ResultsOption = RESULTS,
) -> None:
    """Compare a run with the accepted baseline. Exit code 1: something is worse; 4: there is no baseline."""
    from harness import gate
    from harness.compare import Thresholds
    from harness.gate.accepted import beside_baseline, with_accepted

    store, thresholds = store_at(results), Thresholds(level=level, margin=margin)
    if measure:
        if run != "latest":
            raise UsageError(f"check: got the run {run!r} and --measure {measure!r}, wanted one or the other")
        measured, accepted = _measured(store, measure, baseline, thresholds, budget)
    elif budget is not None:
        raise UsageError("check: --budget is for --measure SUITE, which measures; a run stays as it is")
    else:
        measured = store.load(run)
        accepted = store.load(baseline) if baseline else gate.baseline_of(store, measured.header.suite)
    suite = measured.header.suite
    with progress_of(store, [suite, f"{suite}-again"], measured.header.plan.seconds) as progress:
        found = gate.check(
            store,
            measured,
            accepted,
            thresholds,
            history=recent_runs(store),
            observer=progress if confirm else None,
        )
    end_comparison(with_accepted(found, beside_baseline(store, suite)), layout, everything=everything)


def _measured(store: Store, name: str, baseline: str, thresholds: Thresholds, budget: float | None) -> tuple[Run, Run]:
    """Measure the suite; the new run, and the run to compare it with."""
    from harness import gate
    from harness.config import load_suite

    suite = load_suite(name)
    old = store.load(baseline) if baseline else gate.baseline_of(store, suite.name)
    with progress_of(store, [suite.name], suite.plan.seconds) as progress:
        limit = math.inf if budget is None else budget
        new = gate.measure_against(old, suite, store, thresholds, progress, history=recent_runs(store), budget=limit)
    say(f"run {new.id}, saved as {new.path}")
    return new, old


@app.command()
def accept(
    run: RunArgument = "latest",
    case: Annotated[
        str, typer.Option(help="Keep the baseline, and accept that these cases are worse.", metavar="PATTERN")
    ] = "",
    reason: Annotated[str, typer.Option(help="With --case: why; it is kept and shown.", metavar="TEXT")] = "",
    force: Annotated[bool, typer.Option("--force", help="Accept a run of which no case has an answer.")] = False,
    results: ResultsOption = RESULTS,
) -> None:
    """Make a run the baseline that `check` compares with.

    With --case: accept that some cases got worse.
    """
    from harness.compare.seconds import too_few_rounds
    from harness.compare.thresholds import DEFAULT_THRESHOLDS
    from harness.config import found_in
    from harness.gate import accept as accept_run
    from harness.gate.accepted import Acceptance, put_beside_baseline

    if bool(case.strip("*? ")) != bool(reason.strip()) or bool(case) != bool(reason):
        raise UsageError("accept: --case PATTERN and --reason TEXT go together, and neither may be empty")
    store = store_at(results)
    measured = store.load(run)
    if case:
        ids = [each.id for each in measured.header.cases]
        if not found_in(ids, case):
            raise UsageError(f"accept --case {case!r}: no case of run {measured.id} matches{near_cases(case, ids)}")
        kept = put_beside_baseline(store, measured.header.suite, Acceptance(case, reason.strip(), measured.id))
        say(f"cases that match {case!r} may be worse until another baseline is accepted: {kept}")
        return
    path = accept_run(store, measured, force=force)
    say(f"{measured.id} is now the baseline of {measured.header.suite}: {path}")
    if few := too_few_rounds(measured, DEFAULT_THRESHOLDS.level):
        say(f"linbench: {few}")


@app.command()
def selftest(
    rounds: Annotated[
        int, typer.Option(min=2, max=MOST_ROUNDS, help="Rounds per program, each in a fresh process.", metavar="N")
    ] = 12,
    seconds: Annotated[
        float,
        typer.Option(min=0.01, max=MOST_SECONDS, help="Seconds of samples per program and round.", metavar="SECONDS"),
    ] = 0.3,
    level: LevelOption = 0.01,
    margin: MarginOption = 0.02,
    results: ResultsOption = RESULTS,
) -> None:
    """Prove that the gate works on this machine.

    It must be silent over identical programs and loud over worse ones. Exit code 3: it is not.
    """
    from harness.compare import Thresholds
    from harness.config import Plan
    from harness.selftest import SUITE, examine, measure_programs

    store = store_at(results)
    with progress_of(store, [SUITE], seconds) as progress:
        measured = measure_programs(store, Plan(rounds=rounds, seconds=seconds), progress)
    trials = list(examine(measured, Thresholds(level=level, margin=margin)))
    for trial in trials:
        put(f"{'ok' if trial.passed else '!!'}  {trial.name}: {trial.said} (wanted: {trial.wanted})")
    end(bad=not all(trial.passed for trial in trials), code=3)
