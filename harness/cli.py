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
    from harness.machine import commit, fingerprint
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
    writer = writer or store.create(chosen.record(), {"machine": fingerprint(), "commit": commit(chosen.path.parent)})
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
def doctor() -> None:
    """Say whether this machine is fit to measure on, and what to do about what is not. Takes a few seconds."""
    from harness.doctor import examine

    for finding in examine():
        _put(f"{'!!' if finding.advice else 'ok'}  {finding.name}: {finding.found}")
        if finding.advice:
            _put(f"      {finding.advice}")
