"""The live workers of a round: one for each library, environment and device."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from harness.config import Case, Plan
from harness.environments import Built, Unbuilt
from harness.runner.process import Lost, WorkerProcess

__all__ = ["Workers"]

Key = tuple[str, str, str]


class Workers:
    """Starts workers side by side, finds a case's, and replaces one that was lost.

    Parameters
    ----------
    plan : Plan
    places : mapping of str to Built or Unbuilt
        What `harness.environments.build` made of each environment.
    """

    def __init__(self, plan: Plan, places: Mapping[str, Built | Unbuilt]) -> None:
        self._plan = plan
        self._places = places
        self._live: dict[Key, WorkerProcess] = {}
        self._failed: dict[Key, Lost] = {}
        self._versions: dict[Key, Mapping[str, str]] = {}

    @staticmethod
    def key(case: Case) -> Key:
        """What cases must share to be measured in one process."""
        return case.backend.what.library.module.partition(".")[0], case.environment, case.device

    def start(self, cases: Iterable[Case]) -> None:
        """Start a worker for every key at once and wait until all have imported their libraries or failed to."""
        first = {self.key(case): case for case in cases}
        for key, case in first.items():
            self._spawn(key, case)
        for key in [*self._live]:
            self._greet(key)

    def ready(self, case: Case) -> WorkerProcess:
        """The worker for a case, started anew where it was lost.

        Raises
        ------
        Lost
            When its library cannot be imported, or there is no such environment.
        """
        key = self.key(case)
        if key not in self._live and key not in self._failed:
            self._spawn(key, case)
            self._greet(key)
        if key in self._failed:
            raise self._failed[key]
        return self._live[key]

    def versions(self, case: Case) -> Mapping[str, str]:
        """What the case's worker said it had imported; empty where there was none."""
        return self._versions.get(self.key(case), {})

    def lose(self, case: Case) -> None:
        """Forget the case's worker, which is gone."""
        worker = self._live.pop(self.key(case), None)
        if worker is not None:
            worker.end()

    def end(self) -> None:
        """End them all."""
        while self._live:
            self._live.popitem()[1].end()

    def _spawn(self, key: Key, case: Case) -> None:
        place = self._places[case.environment]
        if isinstance(place, Unbuilt):
            self._failed[key] = Lost(place.status, place.reason)
            return
        library = case.backend.what.library
        self._live[key] = WorkerProcess(
            library.module,
            library.distribution,
            device=case.device,
            threads=self._plan.threads,
            memory=self._plan.memory,
            place=place,
        )

    def _greet(self, key: Key) -> None:
        if key in self._failed:
            return
        try:
            words: dict[str, Any] = self._live[key].started()
        except Lost as lost:
            self._failed[key] = Lost(lost.status, f"while importing its library: {lost.reason}")
        else:
            if "status" not in words:
                self._versions[key] = words["versions"]
                return
            self._failed[key] = Lost(words["status"], words["reason"])
        self._live.pop(key).end()
