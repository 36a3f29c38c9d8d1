"""The verb doctor: check this machine, or all hosts of a suite."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from harness.cli.command import app
from harness.cli.options import OnOption, SuiteArgument
from harness.cli.output import put

if TYPE_CHECKING:
    from harness.doctor import Check


@app.command()
def doctor(suite: SuiteArgument = "default", on: OnOption = "") -> None:
    """Check whether this machine is fit to measure on.

    Says how to fix what is not. Takes a few seconds.

    With --on, checks every host, and reports those that differ from the others; the suite says what they need.
    """
    from harness.doctor import examine, examine_hosts

    if not on:
        _put(examine())
        return
    from harness.cluster.measure import inquiry_of
    from harness.cluster.where import check_place, pool_at
    from harness.config import load_suite

    checked = load_suite(suite)
    with pool_at(check_place(on), checked.cluster, inquiry_of(checked, "doctor")) as pool:
        for host, checks in examine_hosts(pool):
            put(f"{host}:")
            _put(checks)


def _put(checks: Iterable[Check]) -> None:
    for check in checks:
        put(f"{'!!' if check.advice else 'ok'}  {check.name}: {check.found}")
        if check.advice:
            put(f"      {check.advice}")
