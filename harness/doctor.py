"""Checks whether this machine is fit to measure on, with advice on each problem."""

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import psutil

from backends.base import Library
from harness.cluster.pool import Arrived, Pool, Unfit
from harness.cluster.unlike import unlike_hosts
from harness.machine import this_machine
from harness.records import from_json, json_text
from harness.runner.executor import Failure
from harness.runner.library_worker import LibraryWorker
from harness.runner.roof import MEMORY, measured_roof
from harness.units import bytes_text

PROCESSES = 5
"""Fresh processes in which the control kernel is timed."""

CONTROL_SAMPLES = 200
"""Samples of the control per process; about 0.2 s."""


class Check(NamedTuple):
    """One property of the machine."""

    name: str
    found: str
    advice: str = ""
    """What to do about it; empty when all is well."""


def examine() -> Iterator[Check]:
    """Run every check, the cheapest first."""
    for check in CHECKS:
        yield from check()


def examine_as_text() -> str:
    """As `examine`, in JSON, to run on hosts."""
    return json_text([check._asdict() for check in examine()])


def examine_hosts(pool: Pool) -> Iterator[tuple[str, Sequence[Check]]]:
    """Run every check on all hosts of a pool at once, and report how the hosts differ.

    Yields
    ------
    str
        The host, or ``hosts`` for all together.
    sequence of Check

    Raises
    ------
    ClusterError
        When there is no host, or one does not answer.
    """
    found = pool.gather(everyone=True)
    for each in found:
        if isinstance(each, Unfit):
            yield each.host, [Check("host", each.reason, "it cannot measure; install linbench there as it is here")]
    facts = {each.host: each.facts for each in found if isinstance(each, Arrived)}
    for host, text in zip(facts, pool.everywhere(examine_as_text, list(facts)), strict=True):
        yield host, from_json(list[Check], text)
    unlike = unlike_hosts(facts)
    advice = "their times are compared through the control alone; versions must be the same, or an [[environment]]"
    yield (
        "hosts",
        [Check("unlike", each, advice) for each in unlike] or [Check("alike", f"{len(facts)} of {len(facts)}")],
    )


def _processor() -> Iterator[Check]:
    machine = this_machine()
    yield Check("machine", f"{machine.cpu}, {machine.cores} cores, {(machine.memory_bytes or 0) / 2**30:.1f} GiB")


def _load() -> Iterator[Check]:
    load, cores = psutil.getloadavg()[0], os.cpu_count() or 1
    busy = load > 0.5 * cores
    advice = "something else is running; stop it, or expect wide intervals" if busy else ""
    yield Check("load", f"{load:.2f} over the last minute on {cores} cores", advice)


def _read(path: str) -> str | None:
    try:
        return Path(path).read_text(encoding="ascii").strip()
    except OSError:
        return None


def _governor() -> Iterator[Check]:
    governor = _read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
    if governor is None:
        yield Check("governor", "not visible here (a virtual machine hides it)")
    else:
        advice = (
            ""
            if governor == "performance"
            else "wanted performance: sudo cpupower frequency-set --governor performance"
        )
        yield Check("governor", governor, advice)
    frequency = psutil.cpu_freq() if hasattr(psutil, "cpu_freq") else None
    if frequency is not None and frequency.current:
        slow = bool(frequency.max) and frequency.current < 0.8 * frequency.max
        advice = "below its maximum: check for power saving, heat or a busy host" if slow else ""
        most = f" of {frequency.max:.0f} MHz at most" if frequency.max else ", its maximum is not visible here"
        yield Check("frequency", f"{frequency.current:.0f} MHz{most}", advice)


def _turbo() -> Iterator[Check]:
    no_turbo = _read("/sys/devices/system/cpu/intel_pstate/no_turbo")
    boost = _read("/sys/devices/system/cpu/cpufreq/boost")
    if no_turbo is None and boost is None:
        yield Check("turbo", "not visible here")
        return
    on = no_turbo == "0" if no_turbo is not None else boost == "1"
    switch = "intel_pstate/no_turbo" if no_turbo is not None else "cpufreq/boost"
    advice = f"the frequency depends on heat; switch turbo off under /sys/devices/system/cpu/{switch}" if on else ""
    yield Check("turbo", "on" if on else "off", advice)


def _timer() -> Iterator[Check]:
    steps = np.array([_tick() for _ in range(200)])
    resolution = float(np.median(steps))
    advice = "coarser than a microsecond: short samples cannot be told apart" if resolution > 1e-6 else ""
    yield Check("timer", f"resolution {resolution * 1e9:.0f} ns", advice)


def _tick() -> float:
    start = end = time.perf_counter_ns()
    while end == start:
        end = time.perf_counter_ns()
    return (end - start) * 1e-9


def _control() -> Iterator[Check]:
    """The control in fresh processes: its spread within one, and between them."""
    within, lowers, pools = [], [], None
    for _ in range(PROCESSES):
        worker = LibraryWorker(Library("numpy", "numpy"), device="cpu", threads=1, memory=2**31)
        try:
            pools = worker.greeting().pools
            samples = np.array(worker.control(CONTROL_SAMPLES))
        except Failure as failure:
            yield Check("control", failure.reason, "a worker cannot run here; nothing can be measured")
            return
        finally:
            worker.end()
        low, middle, high = np.quantile(samples, [0.25, 0.5, 0.75])
        within.append((high - low) / middle)
        lowers.append(low)
    yield _threads(pools)
    spread = float(np.median(within))
    yield Check(
        "control, within a process",
        f"{np.median(lowers) * 1e3:.2f} ms, middle half within {spread:.1%}",
        "noisy: another program shares this core; measure when the machine is quiet" if spread > 0.10 else "",
    )
    between = float(np.std(np.log(lowers), ddof=1))
    yield Check(
        "control, between processes",
        f"standard deviation {between:.1%} over {PROCESSES} processes",
        "noisy: use more rounds, and compare runs made close together" if between > 0.05 else "",
    )


def _roof() -> Iterator[Check]:
    roof = measured_roof(1)
    advice = "" if roof else f"a worker needs {bytes_text(MEMORY)} to measure them"
    yield Check("limits", roof.text() if roof else "not measured", advice)


def _threads(pools: Mapping[str, int] | None) -> Check:
    if pools is None:
        return Check("threads", "not verified", "install threadpoolctl to check that every pool uses one thread")
    listed = ", ".join(f"{name}: {threads}" for name, threads in pools.items()) or "no pool found"
    many = any(threads != 1 for threads in pools.values())
    return Check("threads", listed, "a pool uses more than the one thread it was given" if many else "")


CHECKS: tuple[Callable[[], Iterator[Check]], ...] = (_processor, _load, _governor, _turbo, _timer, _roof, _control)
