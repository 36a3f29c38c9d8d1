"""Queries Slurm by its commands: whether a job would be accepted, and the states of submitted jobs."""

import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from harness.errors import ClusterError

ENDED = frozenset({
    "BOOT_FAIL", "CANCELLED", "COMPLETED", "DEADLINE", "FAILED", "NODE_FAIL", "OUT_OF_MEMORY", "PREEMPTED", "TIMEOUT",
})  # fmt: skip
"""States of jobs that have ended."""

PATIENCE = 30.0
"""Time limit of a Slurm command, in seconds."""

EVERY = 5.0
"""Seconds between queries, which load the controller that all users share."""

SETTLE, PAUSE = 10, 0.5
"""Queries at most about how a job ended, and seconds between them."""


def check_job(script: str) -> None:
    """Check that Slurm would accept a job.

    Raises
    ------
    ClusterError
        When it would not, with its message, or when its commands are missing.
    """
    try:
        done = _command("sbatch", "--test-only", given=script)
    except FileNotFoundError as error:
        raise ClusterError("--on slurm: there is no sbatch here; start the run where Slurm's commands are") from error
    except subprocess.TimeoutExpired as error:
        raise ClusterError(f"--on slurm: sbatch did not answer within {PATIENCE:g} s; is slurmctld up?") from error
    if done.returncode:
        said = " ".join(done.stderr.replace("sbatch: error: ", "").replace("allocation failure: ", "").split())
        raise ClusterError(f"--on slurm: sbatch refuses the job: {said or 'it says no more'}; change [cluster]")


class State(NamedTuple):
    """The state of a job."""

    name: str
    reason: str

    @property
    def ended(self) -> bool:
        """Whether it has ended for good."""
        return self.name in ENDED

    @property
    def text(self) -> str:
        """The state in words."""
        return self.name if self.reason in ("None", "") else f"{self.name} ({self.reason})"


Ask = Callable[[Sequence[str]], Mapping[str, State] | None]
"""The states of jobs of these ids; None where Slurm does not answer."""


class Jobs:
    """The jobs of one cluster.

    Parameters
    ----------
    ids : callable
        Gives the id of each worker's job, as far as it has been submitted.
    """

    def __init__(
        self,
        ids: Callable[[], Mapping[str, str]],
        ask: Ask | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ids_now = ids
        self._ask = ask or squeue
        self._clock = clock
        self._ids: dict[str, str] = {}
        self._states: Mapping[str, State] = {}
        self._asked = -EVERY

    def fate(self, worker: str) -> str:
        """How the job of a lost worker ended; empty where unknown."""
        number = self._known().get(worker)
        for attempt in range(SETTLE if number else 0):
            found = (self._ask([str(number)]) or {}).get(str(number))
            if found is not None and found.ended:
                return f"Slurm's job {number} ended: {found.text}"
            time.sleep(PAUSE if attempt < SETTLE - 1 else 0)
        return ""

    def coming(self) -> int:
        """How many jobs run or may still run."""
        return sum(not state.ended for state in self._look().values())

    def over(self) -> str:
        """How all jobs ended, in words, where none is left; else empty."""
        states = self._look()
        return "" if any(not each.ended for each in states.values()) else self.describe()

    def describe(self) -> str:
        """The state of each job, in words; empty before there is any."""
        return ", ".join(f"job {number} {state.text}" for number, state in self._look().items())

    def _known(self) -> Mapping[str, str]:
        """All job ids so far, also those that the cluster no longer lists."""
        self._ids |= self._ids_now()
        return self._ids

    def _look(self) -> Mapping[str, State]:
        if self._clock() - self._asked >= EVERY and (ids := [*self._known().values()]):
            found = self._ask(ids)
            if found is not None:
                self._states = {each: found.get(each, self._forgotten(each)) for each in ids}
            self._asked = self._clock()
        return self._states

    def _forgotten(self, number: str) -> State:
        """The state of a job that Slurm no longer lists: it forgets jobs minutes after they end."""
        last = self._states.get(number)
        return last if last is not None and last.ended else State("COMPLETED", "no longer known to Slurm")


def squeue(ids: Sequence[str]) -> Mapping[str, State] | None:
    """The states of jobs, also of ended ones, from ``squeue``; None where it does not answer."""
    try:
        done = _command("squeue", "--noheader", "--states", "all", "--format", "%i|%T|%r", "--jobs", ",".join(ids))
    except (OSError, subprocess.TimeoutExpired):
        return None
    if done.returncode and "Invalid job id" not in done.stderr:
        return None
    rows = [line.split("|") for line in done.stdout.splitlines()]
    return {row[0].strip(): State(row[1], row[2].strip()) for row in rows if len(row) == 3}


def _command(*words: str, given: str = "") -> "subprocess.CompletedProcess[str]":
    return subprocess.run(  # noqa: S603 - Slurm's own commands, and numbers that it gave
        words, input=given, capture_output=True, text=True, check=False, timeout=PATIENCE
    )
