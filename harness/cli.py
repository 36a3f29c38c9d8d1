"""The command ``linbench``: the only code that prints.

Results go to standard output, progress and messages to standard error. Nothing heavy is imported before the verb that
needs it runs.
"""

from __future__ import annotations

import signal
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from harness import __version__
from harness.errors import LinbenchError, NothingToShow, UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from harness.compare import Comparison
    from harness.exports.base import Outcome
    from harness.results import Run, Store

__all__ = ["app", "main"]

app = typer.Typer(
    help="linbench: which implementation of linear regression gives the right coefficients, and how fast.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

INTERRUPTED = 130
"""The exit code after Ctrl-C, as shells have it."""


MOST_HISTORY = 50
"""Stored runs that are looked at for how much sessions differ."""


class Format(StrEnum):
    """How ``show`` lays out its table."""

    text = "text"
    markdown = "markdown"
    csv = "csv"
    json = "json"


ResultsOption = Annotated[Path, typer.Option("--results", help="The folder of results.", metavar="DIR")]
RunArgument = Annotated[str, typer.Argument(help="A run: a path, an id, or 'latest'.", metavar="[RUN]")]


def main() -> NoReturn:
    """Run the command; every error that has a message is one line, with its exit code."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        app()
    except LinbenchError as error:
        _say(f"linbench: {error}")
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    sys.exit(0)


def _interrupt(number: int, frame: object) -> NoReturn:  # noqa: ARG001 - a signal handler's arguments
    raise KeyboardInterrupt


def _say(text: str) -> None:
    print(text, file=sys.stderr)  # noqa: T201 - the command prints


def _put(text: str) -> None:
    sys.stdout.write(text if text.endswith("\n") else text + "\n")
    sys.stdout.flush()


def _store(results: Path) -> Store:
    from harness.results import Store

    return Store(results)


def _console(*, stderr: bool) -> Console:
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    wide = None if stream.isatty() else 250
    return Console(file=stream, width=wide)


def _version(value: bool) -> None:
    if value:
        _put(f"linbench {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    pass


@app.command()
def run(
    suite: Annotated[str, typer.Argument(help="A suite: a path, or a name under configs/.")] = "default",
    device: Annotated[str, typer.Option(help="Devices in place of the suite's: cpu, cuda or cpu,cuda.")] = "",
    only: Annotated[str, typer.Option(help="Run only cases whose id has this in it; * and ? match.")] = "",
    rounds: Annotated[int | None, typer.Option(min=1, help="Rounds in place of the suite's.")] = None,
    threads: Annotated[int | None, typer.Option(min=1, help="Threads in place of the suite's.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run that was broken off.")] = False,
    show_format: Annotated[Format, typer.Option("--format", help="How to print the table.")] = Format.text,
    results: ResultsOption = Path("results"),
) -> None:
    """Measure a suite and print its table. Exit code 3: some cell failed; 4: nothing was measured."""
    from harness.config import load_suite, narrowed
    from harness.machine import about
    from harness.reports.progress import LiveProgress
    from harness.runner import measure

    chosen = narrowed(load_suite(suite, _devices(device)), only=only, rounds=rounds, threads=threads)
    if not chosen.cases:
        why = f"no case matches {only!r}" if only else f"no backend of it runs on {device or 'its devices'}"
        raise NothingToShow(f"{chosen.path}: nothing to measure: {why}")
    store = _store(results)
    writer = store.resume(chosen.record()) if resume else None
    if resume and writer is None:
        _say("linbench: no broken-off run of this suite; starting a new one")
    writer = writer or store.create(chosen.record(), about(Path.cwd()))
    try:
        with LiveProgress(_console(stderr=True)) as progress:
            measure(chosen, writer, progress)
    except KeyboardInterrupt:
        done = f"{len(writer.done)} of {len(chosen.cases) * chosen.plan.rounds}"
        _say(f"linbench: interrupted with {done} measured; go on with `linbench run {suite} --resume`")
        raise
    finally:
        writer.close()
    measured = store.load(str(writer.path))
    _show(measured, show_format)
    _say(f"run {measured.id}, kept in {writer.path}")
    _exit_by_status(measured)


def _devices(text: str) -> list[Any]:
    devices = [each.strip() for each in text.split(",") if each.strip()]
    for each in devices:
        if each not in ("cpu", "cuda"):
            raise UsageError(f"--device: got {each!r}, wanted cpu, cuda or cpu,cuda")
    return devices


def _exit_by_status(measured: Run) -> None:
    from harness.results import FAILED

    statuses = [row.status for row in measured.rows]
    if any(status in FAILED for status in statuses):
        raise typer.Exit(3)
    if all(status in ("missing", "unsupported") for status in statuses):
        raise typer.Exit(NothingToShow.exit_code)


@app.command()
def show(
    run: RunArgument = "latest",
    show_format: Annotated[Format, typer.Option("--format", help="How to print the table.")] = Format.text,
    agreement: Annotated[bool, typer.Option("--agreement", help="Digits that backends have in common.")] = False,
    pivot: Annotated[
        str, typer.Option(help="One number, backends by datasets: digits, certified_digits, time, ratio, …")
    ] = "",
    results: ResultsOption = Path("results"),
) -> None:
    """Print a run's table again, or one number of it, or how far its backends agree with one another."""
    found = _store(results).load(run)
    if agreement:
        _show_agreement(found, show_format)
    elif pivot:
        _show_pivot(found, pivot, show_format)
    else:
        _show(found, show_format)


def _show_pivot(measured: Run, number: str, show_format: Format) -> None:
    from harness.errors import UnknownName
    from harness.reports.pivot import NUMBERS, as_markdown, as_text, pivot

    if number not in NUMBERS:
        raise UnknownName("number", number, NUMBERS)
    table = pivot(measured, number)
    match show_format:
        case Format.text:
            as_text(table, _console(stderr=False))
        case Format.markdown:
            _put(as_markdown(table))
        case other:
            raise UsageError(
                f"--pivot --format {other}: wanted text or markdown; --format {other} alone has every number"
            )


def _show_agreement(measured: Run, show_format: Format) -> None:
    from harness.reports.agreement import agreement, as_text
    from harness.results import json_text

    match show_format:
        case Format.text:
            as_text(measured, _console(stderr=False))
        case Format.json:
            _put(json_text([each.record() for each in agreement(measured)], indent=1))
        case other:
            raise UsageError(f"--agreement --format {other}: wanted text or json")


def _show(measured: Run, show_format: Format) -> None:
    from harness.reports import table
    from harness.results import json_text

    match show_format:
        case Format.text:
            table.as_text(measured, _console(stderr=False))
        case Format.markdown:
            _put(table.as_markdown(measured))
        case Format.csv:
            _put(table.as_csv(measured))
        case Format.json:
            _put(json_text(measured.record(), indent=1))


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
        _put(line)


@app.command()
def validate(suite: Annotated[str, typer.Argument(help="A suite: a path, or a name under configs/.")]) -> None:
    """Check a suite file without running anything, and list its cases."""
    from harness.config import load_suite

    checked = load_suite(suite)
    for case in checked.cases:
        _put(case.id)
    _say(f"{checked.path}: fine, {len(checked.cases)} cases of {checked.plan.rounds} round(s)")


@app.command()
def report(
    run: RunArgument = "latest",
    out: Annotated[Path | None, typer.Option(help="The folder to write; results/reports/RUN when left out.")] = None,
    results: ResultsOption = Path("results"),
) -> None:
    """Write a run as a page that opens from disk with no network, and name it."""
    from harness.reports.page import build

    store = _store(results)
    measured = store.load(run)
    _put(str(build(measured, out or store.root / "reports" / measured.id)))


LevelOption = Annotated[float, typer.Option("--level", help="Chance of a false alarm over all cells of the run.")]
MarginOption = Annotated[float, typer.Option("--margin", help="Relative change of a time that is no news.")]
AllOption = Annotated[bool, typer.Option("--all", help="Show what is the same, too.")]


@app.command()
def compare(
    old: Annotated[str, typer.Argument(help="A run: a path, an id, or 'latest'.", metavar="RUN")],
    new: Annotated[str, typer.Argument(help="The run to hold against it.", metavar="RUN")],
    level: LevelOption = 0.01,
    margin: MarginOption = 0.02,
    everything: AllOption = False,
    show_format: Annotated[Format, typer.Option("--format", help="How to print it.")] = Format.text,
    results: ResultsOption = Path("results"),
) -> None:
    """Hold one run against another: each difference with its interval and verdict. Exit code 1: something is worse."""
    from harness.compare import Gate
    from harness.compare import compare as compare_runs

    store = _store(results)
    before, now = store.load(old), store.load(new)
    gate = Gate(level=level, margin=margin)
    _end_comparison(compare_runs(before, now, gate, history=_history(store)), show_format, everything=everything)


@app.command()
def check(
    run: RunArgument = "latest",
    baseline: Annotated[str, typer.Option(help="A run in place of the accepted baseline.", metavar="RUN")] = "",
    level: LevelOption = 0.01,
    margin: MarginOption = 0.02,
    confirm: Annotated[
        bool, typer.Option("--confirm/--no-confirm", help="Measure what looks worse again before it fails.")
    ] = True,
    everything: AllOption = False,
    show_format: Annotated[Format, typer.Option("--format", help="How to print it.")] = Format.text,
    results: ResultsOption = Path("results"),
) -> None:
    """The gate: hold a run against the accepted baseline. Exit code 1: something is worse; 4: there is no baseline."""
    from harness import gate
    from harness.compare import Gate
    from harness.reports.progress import LiveProgress

    store = _store(results)
    measured = store.load(run)
    accepted = store.load(baseline) if baseline else gate.baseline_of(store, measured)
    rules = Gate(level=level, margin=margin)
    with LiveProgress(_console(stderr=True)) as progress:
        comparison = gate.check(
            store, measured, accepted, rules, history=_history(store), observer=progress if confirm else None
        )
    _end_comparison(comparison, show_format, everything=everything)


@app.command()
def accept(run: RunArgument = "latest", results: ResultsOption = Path("results")) -> None:
    """Make a run the baseline of its suite, which `check` compares with."""
    from harness.gate import accept as accept_run

    store = _store(results)
    measured = store.load(run)
    _say(f"{measured.id} is the baseline of {measured.header['suite']}: {accept_run(store, measured)}")


@app.command()
def export(
    run: RunArgument = "latest",
    to: Annotated[
        str, typer.Option("--format", help="pytest-benchmark, asv, github-action, bencher, junit, …")
    ] = "csv",
    out: Annotated[
        Path | None, typer.Option(help="The file or folder to write; standard output when left out.")
    ] = None,
    baseline: Annotated[
        str, typer.Option(help="With junit: show the check of the run against this one.", metavar="RUN")
    ] = "",
    results: ResultsOption = Path("results"),
) -> None:
    """A run in another program's format."""
    from harness.exports.base import export as export_run

    store = _store(results)
    measured = store.load(run)
    text = export_run(measured, to, out, _outcomes(store, measured, baseline) if baseline else None)
    if text is not None:
        _put(text)


def _outcomes(store: Store, measured: Run, baseline: str) -> list[Outcome]:
    from harness.compare import compare as compare_runs
    from harness.exports.base import Outcome

    found = compare_runs(store.load(baseline), measured, history=_history(store))
    return [Outcome(case.case, case.verdict, case.why) for case in found.cases]


@app.command()
def history(
    case: Annotated[str, typer.Argument(help="A case's id; * and ? match. All cases when left out.")] = "",
    show_format: Annotated[Format, typer.Option("--format", help="How to print it: text or json.")] = Format.text,
    results: ResultsOption = Path("results"),
) -> None:
    """Trends over all stored runs, and the steps in them, with the commits and versions on both sides of each."""
    from harness.history import history as history_of
    from harness.reports.history import as_text
    from harness.results import json_text

    store = _store(results)
    paths = [*store.paths(), *sorted((store.root / "published").glob("*.jsonl"))]
    found = history_of(paths, case)
    match show_format:
        case Format.text:
            as_text(found, _console(stderr=False))
        case Format.json:
            _put(json_text(found.record(), indent=1))
        case other:
            raise UsageError(f"--format {other}: wanted text or json")


def _history(store: Store) -> list[Run]:
    """The latest runs that can be read; a damaged one is no reason not to compare two others."""
    from harness.results import load_run

    found: list[Run] = []
    for path in store.paths()[-MOST_HISTORY:]:
        try:
            found.append(load_run(path))
        except LinbenchError as error:
            _say(f"linbench: left out: {error}")
    return found


def _end_comparison(comparison: Comparison, show_format: Format, *, everything: bool) -> None:
    from harness.reports.comparison import as_markdown, as_text
    from harness.results import json_text

    match show_format:
        case Format.text:
            as_text(comparison, _console(stderr=False), everything=everything)
        case Format.markdown:
            _put(as_markdown(comparison, everything=everything))
        case Format.json:
            _put(json_text(comparison.record(), indent=1))
        case other:
            raise UsageError(f"--format {other}: wanted text, markdown or json")
    if comparison.failing:
        raise typer.Exit(1)
    if not comparison.compared:
        raise typer.Exit(NothingToShow.exit_code)


@app.command()
def doctor() -> None:
    """Say whether this machine is fit to measure on, and what to do about what is not. Takes a few seconds."""
    from harness.doctor import examine

    for finding in examine():
        _put(f"{'!!' if finding.advice else 'ok'}  {finding.name}: {finding.found}")
        if finding.advice:
            _put(f"      {finding.advice}")


@app.command()
def selftest(
    rounds: Annotated[int, typer.Option(min=2, help="Fresh processes a program is measured in.")] = 12,
    seconds: Annotated[float, typer.Option(min=0.01, help="Of samples, a program and round.")] = 0.3,
    level: LevelOption = 0.01,
    margin: MarginOption = 0.02,
    results: ResultsOption = Path("results"),
) -> None:
    """Prove the gate on this machine: silent over identical programs, loud over worse ones. Exit code 1: it is not."""
    from harness.compare import Gate
    from harness.config import Plan
    from harness.reports.progress import LiveProgress
    from harness.selftest import examine, measure_patients

    with LiveProgress(_console(stderr=True)) as progress:
        measured = measure_patients(_store(results), Plan(rounds=rounds, seconds=seconds), progress)
    findings = list(examine(measured, Gate(level=level, margin=margin)))
    for finding in findings:
        _put(f"{'ok' if finding.passed else '!!'}  {finding.what}: {finding.said} (wanted: {finding.wanted})")
    if not all(finding.passed for finding in findings):
        raise typer.Exit(1)
