"""One run over several environments, taken apart into runs that can be compared, and runs put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from harness.results import Measurement, Run

__all__ = ["pooled", "side"]


def side(run: Run, environments: Mapping[str, str], label: str, **header: Any) -> Run:
    """What some environments of a run measured, as a run of its own.

    Parameters
    ----------
    run : Run
    environments : mapping of str to str
        The environments of this side, and the ones its cases are said to be of: two sides that name theirs alike have
        the same cases.
    label : str
        What tells the side from the others of its run; part of its id.
    **header
        What else its first line says otherwise, such as its commit.
    """
    plans = {
        plan["case"]: _renamed(plan, environments[plan["environment"]])
        for plan in run.header["cases"]
        if plan["environment"] in environments
    }
    measurements = tuple(
        replace(each, case=plans[each.case]["case"]) for each in run.measurements if each.case in plans
    )
    said = {**run.header, **header, "run": f"{run.id}:{label}", "environments": [], "cases": list(plans.values())}
    return Run(run.path, said, measurements, run.finished)


def _renamed(plan: Mapping[str, Any], environment: str) -> dict[str, Any]:
    case = str(plan["case"]).removesuffix(f"/{plan['environment']}")
    tail = "" if environment == "default" else f"/{environment}"
    return {**plan, "case": case + tail, "environment": environment}


def pooled(runs: Sequence[Run]) -> Run:
    """The rounds of several runs of the same cases, as those of one; its id is the last one's."""
    measurements: list[Measurement] = []
    rounds = 0
    for run in runs:
        measurements += [replace(each, round=each.round + rounds) for each in run.measurements]
        rounds += run.header["plan"]["rounds"]
    last = runs[-1]
    plan = {**last.header["plan"], "rounds": rounds}
    return Run(last.path, {**last.header, "plan": plan}, tuple(measurements), last.finished)
