"""Options that several verbs take."""

from pathlib import Path
from pkgutil import iter_modules
from typing import Annotated

import typer

from harness.cli import completion
from harness.errors import UnknownName

RESULTS = Path("results")

LAYOUTS = Path(__file__).parents[1] / "reports" / "layout"
FORMATS = sorted(
    {each.name for each in iter_modules([str(LAYOUTS)])} - {"base"}, key=lambda name: (name != "text", name)
)
"""All layouts, found without importing any."""


def _known_format(name: str) -> str:
    if name not in FORMATS:
        raise UnknownName("--format", name, FORMATS)
    return name


def given_path(text: str | Path) -> Path:
    """A path from the command line; an empty one (an unset variable, say) is refused."""
    if not str(text):
        raise typer.BadParameter("got an empty path, wanted one; '.' is the current folder")
    return Path(text)


def _known_history_format(name: str) -> str:
    return name if name == ATOM else _known_format(name)


ATOM = "atom"
"""A format that only a history has: a feed of its steps."""

HistoryFormatOption = Annotated[
    str,
    typer.Option(
        "--format",
        help=f"How to print it: {', '.join(FORMATS)}; or {ATOM}, a feed of the steps.",
        metavar="FORMAT",
        callback=_known_history_format,
    ),
]
FormatOption = Annotated[
    str,
    typer.Option(
        "--format",
        help=f"How to print it: {', '.join(FORMATS)}.",
        metavar="FORMAT",
        callback=_known_format,
        autocompletion=completion.formats,
    ),
]
ResultsOption = Annotated[
    Path, typer.Option("--results", help="The folder of results.", metavar="DIR", parser=given_path)
]
LibraryOption = Annotated[
    Path | None,
    typer.Option(
        "--library",
        help="A library's repository; its commits are built and measured.",
        metavar="PATH",
        parser=given_path,
    ),
]
SubdirectoryOption = Annotated[
    str,
    typer.Option(
        "--subdirectory", help="With --library: the folder to build, inside the repository.", metavar="FOLDER"
    ),
]
NetworkOption = Annotated[
    bool,
    typer.Option("--network", help="With --library: let the installer download what building and running need."),
]
RunArgument = Annotated[
    str, typer.Argument(help="A run: a path, an id, or 'latest'.", metavar="RUN", autocompletion=completion.runs)
]
SuiteArgument = Annotated[
    str,
    typer.Argument(
        help="A suite: a path, or a name under configs/.", metavar="SUITE", autocompletion=completion.suites
    ),
]
OnlyOption = Annotated[
    list[str] | None,
    typer.Option(
        "--only", help="Only cases whose id contains this; * and ? match. May be repeated.", metavar="PATTERN"
    ),
]
ExceptOption = Annotated[
    list[str] | None,
    typer.Option("--except", help="No case whose id contains this. May be repeated.", metavar="PATTERN"),
]
BackendsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--backend",
        help="Only this backend: a name, a label, or a pattern. May be repeated.",
        metavar="NAME",
        autocompletion=completion.backends,
    ),
]
DatasetsOption = Annotated[
    list[str] | None,
    typer.Option("--dataset", help="Only this dataset, likewise.", metavar="NAME", autocompletion=completion.datasets),
]
OnOption = Annotated[
    str,
    typer.Option(
        "--on",
        help="Measure on other machines: dask (processes here), slurm, or a Dask scheduler's address: tcp://HOST:8786.",
        metavar="PLACE",
    ),
]
LevelOption = Annotated[
    float, typer.Option("--level", help="Probability of a false alarm, over all cases together.", metavar="P")
]
MarginOption = Annotated[
    float, typer.Option("--margin", help="Ignore time changes smaller than this (0.02: 2 %).", metavar="SHARE")
]
SequentialMarginOption = Annotated[
    float | None,
    typer.Option(
        "--margin",
        help="Ignore time changes smaller than this; 0.02, and with --budget 0.01, when left out.",
        metavar="SHARE",
    ),
]
AllOption = Annotated[bool, typer.Option("--all", help="Also show what is the same.")]
