"""The machines of measurements: each one's host where it names one, else the run's machine."""

from collections.abc import Iterable, Mapping

from harness.machine import Machine


def machines_of(hosts: Iterable[Machine | None], begun_on: Machine) -> Mapping[str, Machine]:
    """The known machines, by id.

    Parameters
    ----------
    hosts : iterable of Machine or None
        The machine of each measurement; None for the machine that the run was started on.
    begun_on : Machine
        That machine; also the result where there is no measurement.
    """
    found = [begun_on if each is None else each for each in hosts] or [begun_on]
    return {each.id: each for each in sorted(found, key=lambda machine: machine.id) if each.id}


def joined(machines: Mapping[str, Machine]) -> Machine:
    """One machine to stand for all, with all ids and processors, for places that take only one."""
    if len(machines) < 2:
        return next(iter(machines.values()), Machine())
    names = dict.fromkeys(each.cpu or each.id for each in machines.values())
    return Machine(id="+".join(machines), cpu=" and ".join(names))
