"""The verbs that measure and what they measure on: run, list, validate, doctor, selftest."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from harness.cli.common import (
    RESULTS,
    Format,
    LevelOption,
    MarginOption,
    ResultsOption,
    app,
    exit_by_status,
    progress_of,
    put,
    say,
    store_at,
)
from harness.cli.tables import show_run
from harness.errors import NothingToShow, UsageError


@app.command()
def run(  # noqa: PLR0913, PLR0917 - a verb's options are its parameters
    suite: Annotated[str, typer.Argument(help="A suite: a path, or a name under configs/.")] = "default",
    device: Annotated[str, typer.Option(help="Devices in place of the suite's: cpu, cuda or cpu,cuda.")] = "",
    only: Annotated[str, typer.Option(help="Run only cases whose id has this in it; * and ? match.")] = "",
    rounds: Annotated[int | None, typer.Option(min=1, help="Rounds in place of the suite's.")] = None,
    threads: Annotated[int | None, typer.Option(min=1, help="Threads in place of the suite's.")] = None,
    allow_any_requirement: Annotated[
        bool,
        typer.Option(
            "--allow-any-requirement",
            help="Take URLs and paths in an environment's requires; installing them may run their code.",
        ),
    ] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run that was broken off.")] = False,
    show_format: Annotated[Format, typer.Option("--format", help="How to print the table.")] = Format.text,
    results: ResultsOption = RESULTS,
) -> None:
    """Measure a suite and print its table. Exit code 3: some cell failed; 4: nothing was measured."""
    from harness.config import load_suite, narrowed
    from harness.machine import about
    from harness.runner import measure

    whole = load_suite(suite, _devices(device), any_requirement=allow_any_requirement)
    chosen = narrowed(whole, only=only, rounds=rounds, threads=threads)
    if not chosen.cases:
        why = f"no case matches {only!r}" if only else f"no backend of it runs on {device or 'its devices'}"
        raise NothingToShow(f"{chosen.path}: nothing to measure: {why}")
    store = store_at(results)
    writer = store.resume(chosen.record()) if resume else None
    if resume and writer is None:
        say("linbench: no broken-off run of this suite; starting a new one")
    writer = writer or store.create(chosen.record(), about(Path.cwd()))
    try:
        with progress_of(store, [chosen.name], chosen.plan.seconds) as progress:
            measure(chosen, writer, progress)
    except KeyboardInterrupt:
        done = f"{len(writer.done)} of {len(chosen.cases) * chosen.plan.rounds}"
        say(f"linbench: interrupted with {done} measured; go on with `linbench run {suite} --resume`")
        raise
    finally:
        writer.close()
    measured = store.load(str(writer.path))
    show_run(measured, show_format)
    say(f"run {measured.id}, kept in {writer.path}")
    exit_by_status(measured)


def _devices(text: str) -> list[Any]:
    devices = [each.strip() for each in text.split(",") if each.strip()]
    for each in devices:
        if each not in ("cpu", "cuda"):
            raise UsageError(f"--device: got {each!r}, wanted cpu, cuda or cpu,cuda")
    return devices


@app.command("list")
def list_(
    what: Annotated[str, typer.Argument(help="backends, datasets or suites; all of them when left out.")] = "",
) -> None:
    """List the backends, datasets and suites there are, with their options and defaults."""
    from harness.reports.catalogue import KINDS, lines

    if what and what not in KINDS:
        from harness.errors import UnknownName

        raise UnknownName("list", what, KINDS)
    for line in lines([what] if what else KINDS):
        put(line)


@app.command()
def validate(suite: Annotated[str, typer.Argument(help="A suite: a path, or a name under configs/.")]) -> None:
    """Check a suite file without running anything, and list its cases."""
    from harness.config import load_suite

    checked = load_suite(suite)
    for case in checked.cases:
        put(case.id)
    say(f"{checked.path}: fine, {len(checked.cases)} cases of {checked.plan.rounds} round(s)")


@app.command()
def doctor() -> None:
    """Say whether this machine is fit to measure on, and what to do about what is not. Takes a few seconds."""
    from harness.doctor import examine

    for finding in examine():
        put(f"{'!!' if finding.advice else 'ok'}  {finding.name}: {finding.found}")
        if finding.advice:
            put(f"      {finding.advice}")


@app.command()
def selftest(
    rounds: Annotated[int, typer.Option(min=2, help="Fresh processes a program is measured in.")] = 12,
    seconds: Annotated[float, typer.Option(min=0.01, help="Of samples, a program and round.")] = 0.3,
    level: LevelOption = 0.01,
    margin: MarginOption = 0.02,
    results: ResultsOption = RESULTS,
) -> None:
    """Prove the gate on this machine: silent over identical programs, loud over worse ones. Exit code 1: it is not."""
    from harness.compare import Gate
    from harness.config import Plan
    from harness.selftest import SUITE, examine, measure_patients

    store = store_at(results)
    with progress_of(store, [SUITE], seconds) as progress:
        measured = measure_patients(store, Plan(rounds=rounds, seconds=seconds), progress)
    findings = list(examine(measured, Gate(level=level, margin=margin)))
    for finding in findings:
        put(f"{'ok' if finding.passed else '!!'}  {finding.what}: {finding.said} (wanted: {finding.wanted})")
    if not all(finding.passed for finding in findings):
        raise typer.Exit(1)
