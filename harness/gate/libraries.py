"""Environments with the versions of libraries that a baseline was measured with, where others are installed."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from harness.config import Case
from harness.environments import Environment, EnvironmentRecord, environment_from_record
from harness.errors import LinbenchError
from harness.results import Run
from harness.results.run import versions_of

INTERPRETER = "python"


def environments_of(baseline: Run, run: Run, cases: Sequence[Case]) -> dict[str, Environment]:
    """An environment with the baseline's versions for each case, by id, whose versions have changed.

    A baseline may be somebody else's file, so only versions are taken from it; names of packages are the backends' own.

    Raises
    ------
    LinbenchError
        When no environment can have them: the version of another program, or the imports of the user's own file.
    """
    records = {each.name: each for each in baseline.header.environments}
    found = {}
    for case in cases:
        before, after = (versions_of([m for m in each.measurements if m.case == case.id]) for each in (baseline, run))
        changed = [name for name, version in before.items() if after.get(name, version) != version]
        if changed:
            found[case.id] = _environment(case, before, changed, records.get(case.environment))
    return found


def versions_in_words(environments: Mapping[str, Environment]) -> str:
    """The interpreters and packages of environments in words, each once."""
    pythons = [f"Python {each.python}" for each in environments.values() if each.python]
    requires = [text.replace("==", " ") for each in environments.values() for text in each.requires]
    return ", ".join(dict.fromkeys([*pythons, *requires]))


def _environment(
    case: Case, before: Mapping[str, str], changed: Sequence[str], record: EnvironmentRecord | None
) -> Environment:
    library = case.backend.instance.library
    packages = {"numpy"} if library.program else {"numpy", library.distribution}
    said = ", ".join(f"{name} {before[name]}" for name in changed)
    if library.module.endswith(".py"):
        raise LinbenchError(
            f"it was measured with {said}, and what else {library.distribution} imports is not on record"
        )
    if not {*changed} <= {*packages, INTERPRETER}:
        raise LinbenchError(f"it was measured with {said}, which is no Python package to install")
    pins = tuple(f"{name}=={before[name]}" for name in sorted(packages) if name in before)
    try:
        base = Environment("plain") if record is None else environment_from_record(record)
        python = before[INTERPRETER] if INTERPRETER in changed else base.python
        name = re.sub(r"[^A-Za-z0-9._-]+", "-", "-".join([case.environment, *pins]))
        return replace(base, name=name, requires=(*base.requires, *pins), python=python)
    except ValueError as error:
        raise LinbenchError(f"it was measured with {said}: {error}") from error
