"""The verbs init-ci and review, for a library's own continuous integration."""

from __future__ import annotations

from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

import typer

from harness.cli.command import app
from harness.cli.options import given_path
from harness.cli.output import put, say, writing
from harness.errors import UsageError

SUITE = """\
# What is measured of {name} on each pull request: small, so that it takes less than a minute.
name = "linbench"
[plan]
seconds = 0.1
threads = 1
[[dataset]]
use = "nist_longley"
[[dataset]]
use = "synthetic"
n_samples = 1000
n_features = 10
[[backend]]
use = {use}
"""


class Service(StrEnum):
    """Where a library's continuous integration runs."""

    github = "github"
    gitlab = "gitlab"
    shell = "shell"


WRITTEN: dict[Service, dict[str, str]] = {
    Service.github: {
        ".github/actions/linbench/action.yml": "action.yml",
        ".github/workflows/linbench.yml": "pull-request.yml",
    },
    Service.gitlab: {".gitlab/linbench.yml": "gitlab.yml", ".gitlab/linbench.sh": "compare.sh"},
    Service.shell: {"linbench.sh": "compare.sh"},
}
"""For each service, the files to write into a repository, and their templates."""


@app.command("init-ci")
def init_ci(
    library: Annotated[
        Path, typer.Argument(help="The library's repository.", metavar="PATH", parser=given_path)
    ] = Path(),
    backend: Annotated[
        str,
        typer.Option(help="The backend to measure; found by the project's entry points when left out.", metavar="NAME"),
    ] = "",
    to: Annotated[
        Service, typer.Option(help="github, gitlab, or shell, a script for any other.", metavar="SERVICE")
    ] = Service.github,
    force: Annotated[bool, typer.Option("--force", help="Replace existing files.")] = False,
) -> None:
    """Write a workflow that compares each pull request of a library.

    Also write the small suite that it measures, on the pull request and on its base.
    """
    from harness.records import json_text
    from harness.revisions.project import project_table

    project = project_table(library)
    name = str(project.get("name", library.resolve().name))
    templates = _templates()
    wanted = {
        **{path: (templates / each).read_text(encoding="utf-8") for path, each in WRITTEN[to].items()},
        "linbench.toml": SUITE.format(name=name, use=json_text(backend or _backend(project, name))),
    }
    there = [path for path in wanted if (library / path).exists()]
    if there and not force:
        raise UsageError(f"{library}: {', '.join(there)} is there already; --force replaces it")
    for path, text in wanted.items():
        with writing(library / path):
            (library / path).parent.mkdir(parents=True, exist_ok=True)
            (library / path).write_text(text, encoding="utf-8")
        put(path)
    say(f"linbench: commit these files; try the suite with `linbench run {library / 'linbench.toml'}`")


def _templates() -> Any:
    package = files("harness")
    inside = package / "configs" / "ci"
    return inside if inside.is_dir() else Path(str(package)).parent / "configs" / "ci"


def _backend(project: dict[str, Any], name: str) -> str:
    """The backend that the project offers, or one of linbench's that wraps it."""
    from packaging.utils import canonicalize_name

    from harness.catalog import ENTRY_POINTS, backend_class, module_names

    offered = project.get("entry-points", {}).get(ENTRY_POINTS, {})
    if offered:
        return str(next(iter(offered)))
    for each in module_names("backends"):
        if canonicalize_name(backend_class(each).library.distribution) == canonicalize_name(name):
            return each
    raise UsageError(
        f"{name}: offers no backend: declare one in [project.entry-points.{ENTRY_POINTS!r}], or name one with --backend"
    )


@app.command()
def review(
    comparison: Annotated[
        Path, typer.Argument(help="What `compare --format json` printed.", metavar="FILE", parser=given_path)
    ],
    to: Annotated[
        str, typer.Option("--format", help="comment, annotations, checks, junit or sarif.", metavar="FORMAT")
    ] = "comment",
    link: Annotated[str, typer.Option(help="An https address with the whole comparison.", metavar="URL")] = "",
    file: Annotated[
        str, typer.Option(help="With checks and sarif: the file of the repository to show results at.", metavar="PATH")
    ] = "linbench.toml",
    commit: Annotated[str, typer.Option(help="With checks: the full id of the commit.", metavar="ID")] = "",
) -> None:
    """Print a comparison as a comment for a pull request.

    A comment has at most 20 lines; the other formats are for programs. An empty file counts as a failed comparison.
    """
    from harness.records import from_json
    from harness.reviews import Compared, Place
    from harness.reviews import review as reviewed

    try:
        text = comparison.read_bytes()
        found = from_json(Compared, text) if text.strip() else Compared.none()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise UsageError(
            f"{comparison}: not a comparison: {why}; wanted what `compare --format json` prints"
        ) from error
    if told := reviewed(found, to, Place(link=link, file=file, commit=commit)):
        put(told)
