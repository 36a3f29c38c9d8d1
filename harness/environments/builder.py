"""Builds environments side by side, each once."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from harness.environments.model import DEFAULT, Built, Environment, Unbuilt

__all__ = ["Watcher", "build"]


class Watcher(Protocol):
    """Who wants to know how building is getting on."""

    def doing(self, what: str) -> None:
        """What is being done now."""


def build(environments: Iterable[Environment], cache: Path, watcher: Watcher) -> dict[str, Built | Unbuilt]:
    """Build what is not there yet.

    Parameters
    ----------
    environments : iterable of Environment
    cache : Path
        Under its folder ``environments`` they are kept.
    watcher : Watcher
        An `harness.runner.Observer`, say.

    Returns
    -------
    dict of str to Built or Unbuilt
        By name; `DEFAULT` is always among them.
    """
    found: dict[str, Built | Unbuilt] = {DEFAULT: Built()}
    for environment in environments:
        watcher.doing(f"building environment {environment.name}")
        path = (environment.backends,) if environment.backends else ()
        found[environment.name] = Built(path=path)
    return found
