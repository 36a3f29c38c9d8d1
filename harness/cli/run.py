"""The verbs run and validate."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from harness.cli.command import app
from harness.cli.options import (
    RESULTS,
    BackendsOption,
    DatasetsOption,
    ExceptOption,
    FormatOption,
    OnlyOption,
    OnOption,
    ResultsOption,
    SuiteArgument,
    given_path,
)
from harness.cli.output import put, put_report, say, writing
from harness.cli.stores import exit_by_status, progress_of, store_at
from harness.errors import NothingToShow, UsageError, nearest
from harness.files import write_out
from harness.limits import MOST_ROUNDS, MOST_THREADS
from harness.units import bytes_text, count_text

if TYPE_CHECKING:
    from backends.base import Device
    from harness.cli.progress import LiveProgress
    from harness.config import Choice, Suite
    from harness.machine import Roof
    from harness.results import Run, RunWriter, Store


@app.command()
def run(  # noqa: PLR0913, PLR0917 - a verb's options are its parameters
    suite: SuiteArgument = "default",
    device: Annotated[
        str, typer.Option(help="Devices in place of the suite's: cpu, cuda or cpu,cuda.", metavar="DEVICES")
    ] = "",
    only: OnlyOption = None,
    but: ExceptOption = None,
    backend: BackendsOption = None,
    dataset: DatasetsOption = None,
    rounds: Annotated[
        int | None, typer.Option(min=1, max=MOST_ROUNDS, help="Rounds in place of the suite's.", metavar="N")
    ] = None,
    threads: Annotated[
        int | None, typer.Option(min=1, max=MOST_THREADS, help="Threads in place of the suite's.", metavar="N")
    ] = None,
    allow_any_requirement: Annotated[
        bool,
        typer.Option(
            "--allow-any-requirement",
            help="Accept URLs and paths in an environment's requirements; installing them may run their code.",
        ),
    ] = False,
    on: OnOption = "",
    resume: Annotated[bool, typer.Option("--resume", help="Resume the interrupted run.")] = False,
    id_file: Annotated[
        Path | None,
        typer.Option(
            help="Write the run's id to this file, for other commands to use.",
            metavar="FILE",
            parser=given_path,
        ),
    ] = None,
    contribute: Annotated[
        bool,
        typer.Option("--contribute", help="Also write one checked file for publication, and say how to publish it."),
    ] = False,
    layout: FormatOption = "text",
    results: ResultsOption = RESULTS,
) -> None:
    """Measure a suite and print its table. Exit code 3: some case failed; 4: nothing was measured."""
    from harness.compare.seconds import too_few_rounds
    from harness.compare.thresholds import DEFAULT_THRESHOLDS
    from harness.config import Choice, load_suite, narrowed

    if on:
        from harness.cluster.where import check_place

        check_place(on)
    whole = load_suite(suite, _devices(device), any_requirement=allow_any_requirement)
    choice = Choice(
        only=tuple(only or ()), but=tuple(but or ()), backends=tuple(backend or ()), datasets=tuple(dataset or ())
    )
    chosen = narrowed(whole, choice=choice, rounds=rounds, threads=threads)
    if not chosen.cases:
        raise NothingToShow(f"{chosen.path}: nothing to measure: {_why_nothing(whole, choice, device)}")
    store = store_at(results)
    writer = _writer(store, chosen, resume=resume, here=not on)
    try:
        if id_file is not None:
            with writing(f"--id-file {id_file}"):
                write_out(id_file, f"{writer.header.run}\n".encode())
        with progress_of(store, [chosen.name], chosen.plan.seconds) as progress:
            _measure(chosen, writer, progress, on)
    except KeyboardInterrupt:
        done = f"{len(writer.done)} of {len(chosen.cases) * chosen.plan.rounds}"
        say(f"linbench: interrupted with {done} measured; resume with `{_resuming()}`")
        _say_kept_rows()
        raise
    finally:
        writer.close()
    measured = store.load(str(writer.path))
    put_report("table", measured, layout)
    say(f"run {measured.id}, saved as {writer.path}")
    if few := too_few_rounds(measured, DEFAULT_THRESHOLDS.level):
        say(f"linbench: {few}")
    if contribute:
        _contribute(measured, store.root / "contributions")
    exit_by_status(measured)


def _measure(suite: Suite, writer: RunWriter, progress: LiveProgress, on: str) -> None:
    """Measure here, or on the hosts of a cluster."""
    if on:
        from harness.cluster.measure import inquiry_of, measure_on
        from harness.cluster.where import pool_at

        with pool_at(on, suite.cluster, inquiry_of(suite, writer.header.run)) as pool:
            measure_on(suite, writer, progress, pool)
    else:
        from harness.runner import measure

        measure(suite, writer, progress)


def _say_kept_rows() -> None:
    """Tell of rows that stay on disk for resuming."""
    from harness.runner.kept_rows import DAYS, left_behind

    if left := left_behind():
        folder, size = left
        rows = f"{bytes_text(size)} of rows stay in {folder} for that"
        say(f"linbench: {rows}; a later run removes them after {DAYS} days")


def _contribute(measured: Run, folder: Path) -> None:
    from harness.files import write_whole
    from harness.results import load_run
    from harness.results.contribution import contribution

    path, content = folder / f"{measured.id}.jsonl", contribution(measured)
    with writing(path):
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(path, content)
    say(f"contribution: {path}, {bytes_text(len(content))}, {count_text(len(load_run(path).rows), 'case')}, read back")
    say("  it holds what was measured, the processor and the load averages, but no user, host, process or folder")
    say(f"  to publish it: copy it to results/published/ of a clone, `git add results/published/{path.name}`, commit,")
    say("  and open a pull request; `linbench site results/published/*.jsonl* --out site` shows how it will look")


def _why_nothing(whole: Suite, choice: Choice, device: str) -> str:
    if not whole.cases:
        return f"no backend in it runs on {device or 'its devices'}"
    wanted = " or ".join(map(repr, choice.only)) or "what was asked for"
    names = {name for case in whole.cases for name in (case.dataset.label, case.backend.label)}
    return f"no case matches {wanted}{nearest(choice.only[0], names) if choice.only else ''}"


def _devices(text: str) -> list[Device]:
    found = [part.strip() for part in text.split(",") if part.strip()]
    wrong = [each for each in found if each not in ("cpu", "cuda")]
    if text and (wrong or not found):
        raise UsageError(f"--device: got {(wrong or [text])[0]!r}, wanted cpu, cuda or cpu,cuda")
    return cast("list[Device]", found)


def _writer(store: Store, suite: Suite, *, resume: bool, here: bool) -> RunWriter:
    from harness.machine import commit_of, this_machine

    writer = store.resume(suite) if resume else None
    if resume and writer is None:
        say("linbench: this suite has no interrupted run; starting a new one")
    return writer or store.create(suite, this_machine(), commit_of(Path.cwd()), roof=_roof(suite) if here else None)


def _roof(suite: Suite) -> Roof | None:
    """The roof of this machine, if `linbench scaling` will compare times with it."""
    from harness.runner.roof import measured_roof
    from harness.scaling import sweeps_sizes

    return measured_roof(suite.plan.threads) if sweeps_sizes(case.key for case in suite.cases) else None


def _resuming() -> str:
    """The command line of this run, with ``--resume``."""
    words = ["linbench", *sys.argv[1:]]
    return shlex.join(words if "--resume" in words else [*words, "--resume"])


@app.command()
def validate(suite: SuiteArgument) -> None:
    """Check a suite file without running anything, and list its cases."""
    from harness.config import load_suite

    checked = load_suite(suite)
    for dataset in {case.dataset.label: case.dataset.instance for case in checked.cases}.values():
        dataset.check_files()
    for case in checked.cases:
        put(case.label)
    if checked.repeated:
        say(f"{checked.path}: {count_text(len(checked.repeated), 'case')} more than once: {checked.repeated[0]}, …")
    counts = f"{count_text(len(checked.cases), 'case')}, {count_text(checked.plan.rounds, 'round')}"
    say(f"{checked.path}: fine, {counts}")
