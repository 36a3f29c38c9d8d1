"""A run as a small file to share, without the names of its user, machine and folders."""

import getpass
import re
import socket
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.errors import StoreError
from harness.records import values_of
from harness.results.lines import line_of
from harness.results.measurement import Measurement
from harness.results.run import Run
from harness.results.writing import records_of

SIGNIFICANT = 5
"""Significant digits of times: 1 part in 100,000 is far below the difference between samples."""

ABSOLUTE = re.compile(r"""(?:(?<=["'=\s(])|^)(?:/|[A-Za-z]:[\\/]|~[\\/])(?:[^\s"'\],;:()]*[\\/])?""")
"""The folders of an absolute path, up to the file's name; it matches nothing in a case's id."""

NOBODY = frozenset({"root", "user", "runner", "admin", "ubuntu", "debian", "localhost", "nobody", "home"})
"""Names that identify nobody."""


def contribution(run: Run, names: Collection[str] | None = None) -> bytes:
    """The run's file with times to five digits, and paths reduced to file names.

    Parameters
    ----------
    names : collection of str, optional
        Names that must not be in it; those of the user and the machine when left out.

    Raises
    ------
    StoreError
        When one of the names is still in it, for example in the name of a dataset or an option.
    """
    brief = replace(run, measurements=tuple(map(_brief, run.measurements)))
    content = b"".join(line_of(_without_folders(values_of(each))) for each in records_of(brief))
    for name in own_names() if names is None else names:
        if found := re.search(rf".{{0,20}}(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9]).{{0,20}}", content.decode()):
            raise StoreError(
                f"{run.path}: the contribution would hold {name!r}, which names its user or machine: …{found[0]}…; "
                "rename the dataset or option that has it, and measure again"
            )
    return content


def own_names() -> set[str]:
    """The names of this user and this machine, except those that identify nobody."""
    host = socket.gethostname()
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a user without a name, as in containers
        user = ""
    found = {user, Path.home().name, host, host.partition(".")[0]}
    return {each for each in found if len(each) > 2 and each.lower() not in NOBODY}


def _brief(each: Measurement) -> Measurement:
    def short(values: Sequence[float]) -> tuple[float, ...]:
        return tuple(float(f"{value:.{SIGNIFICANT}g}") for value in values)

    times = short(each.seconds), short(each.cpu_seconds), short(each.control), short(each.stream)
    return replace(each, seconds=times[0], cpu_seconds=times[1], control=times[2], stream=times[3])


def _without_folders(value: Any) -> Any:
    if isinstance(value, str):
        return ABSOLUTE.sub("", value)
    if isinstance(value, Mapping):
        return {_without_folders(key): _without_folders(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_without_folders(each) for each in value]
    return value
