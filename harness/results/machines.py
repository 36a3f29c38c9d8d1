"""Which machines some measurements are of: each one's own host where it names one, else the run's."""

from collections.abc import Iterable, Mapping

from harness.machine import Machine


def machines_of(hosts: Iterable[Machine | None], begun_on: Machine) -> Mapping[str, Machine]:
    """The machines by their ids, without those that are not known.

    Parameters
    ----------
    hosts : iterable of Machine or None
        Where each measurement was made; None on the machine that the run was begun on.
    begun_on : Machine
        That one. It stands for all where there is no measurement.
    """
    found = [begun_on if each is None else each for each in hosts] or [begun_on]
    return {each.id: each for each in sorted(found, key=lambda machine: machine.id) if each.id}


def joined(machines: Mapping[str, Machine]) -> Machine:
    """One that stands for all of these, for what has room for one only: ids and processors of all."""
    if len(machines) < 2:
        return next(iter(machines.values()), Machine())
    names = dict.fromkeys(each.cpu or each.id for each in machines.values())
    return Machine(id="+".join(machines), cpu=" and ".join(names))
