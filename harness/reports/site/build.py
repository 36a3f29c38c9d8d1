"""The pages over many runs, written whole or not at all."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from harness.errors import LinbenchError, NothingToShow
from harness.history import Annotation
from harness.reports.page.build import ASSETS, page_text, render, write_assets
from harness.reports.page.whole import whole_folder
from harness.reports.plots import sections
from harness.reports.plotting.plotly import PLOTLY
from harness.reports.site.views import Entry, PairView, SuiteView, suites
from harness.results import load_run
from harness.units import count_text

SITE_ASSETS = (*ASSETS, "site.js")
FOLDERS = ("runs", "compare", "data")


def build_site(paths: Sequence[Path], folder: Path, known: Sequence[Annotation] = ()) -> Path:
    """Write pages over these run files, with the known causes of steps, and return the path of the first page.

    ``index.html`` has the newest run of each suite, its history and what failed; ``runs/`` the report of every run;
    ``compare/`` two runs side by side; ``data/`` the run files as they were given.

    Raises
    ------
    NothingToShow
        When no file is given.
    LinbenchError
        When a file cannot be read, two have the same id, or the folder cannot be written or holds anything but a site.
    """
    if not paths:
        raise NothingToShow("no run file was given; give some, such as results/published/*.jsonl")
    entries = [Entry(load_run(path), path.stat().st_size) for path in paths]
    _refuse_twins(entries)
    with whole_folder(folder, ("index.html", PLOTLY, *SITE_ASSETS, *FOLDERS)) as fresh:
        write_assets(fresh, SITE_ASSETS)
        for name in FOLDERS:
            (fresh / name).mkdir()
        for entry in entries:
            (fresh / "data" / entry.file).write_bytes(entry.run.path.read_bytes())
        for name, text in _pages(suites(entries), known):
            (fresh / name).write_text(text, encoding="utf-8")
    return folder / "index.html"


def _refuse_twins(entries: Sequence[Entry]) -> None:
    ids = [each.id for each in entries]
    if twice := next((each for each in ids if ids.count(each) > 1), None):
        raise LinbenchError(f"the run {twice} is given twice; give each once")


def _line(found: Sequence[SuiteView], machines: Sequence[str]) -> str:
    """A line with the numbers of runs, suites and machines, and the date of the newest run."""
    runs = [each for suite in found for each in suite.entries]
    of, on = count_text(len(found), "suite"), count_text(len(machines), "machine")
    return f"{count_text(len(runs), 'run')} of {of} on {on}, the newest of {max(each.date for each in runs)}."


def _pages(found: Sequence[SuiteView], known: Sequence[Annotation]) -> Iterator[tuple[str, str]]:
    machines = sorted({each.machine for suite in found for each in suite.parts})
    yield "index.html", render("site.html", suites=found, machines=machines, line=_line(found, machines))
    for suite in found:
        history = [each.run for each in suite.entries]
        for entry in suite.entries:
            text = page_text(entry.run, sections(entry.run, history, known), assets="../", home="../index.html")
            yield f"runs/{entry.id}.html", text
        for old, new in suite.pairs:
            yield f"compare/{old.id}--{new.id}.html", render("pair.html", pair=PairView(old, new), suite=suite)
