"""Which hosts are unlike the others, and in what."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from harness.cluster.errand import HostFacts
from harness.units import bytes_text

MOST_NAMED = 3
"""Hosts that are named one by one."""

ABSENT = "not installed"


def unlike_versions(hosts: Mapping[str, HostFacts]) -> str:
    """What is of unlike versions on these hosts, in words; empty where nothing is."""
    return "; ".join(_told({host: facts.versions for host, facts in hosts.items()}))


def unlike_hosts(hosts: Mapping[str, HostFacts]) -> list[str]:
    """Each property, of the machine or of what is installed, that is not the same on all of these hosts."""
    return [*_told({host: {**_machine(facts), **facts.versions} for host, facts in hosts.items()})]


def _machine(facts: HostFacts) -> Mapping[str, str]:
    machine = facts.host.machine
    return {
        "processor": machine.cpu,
        "cores": str(machine.cores),
        "memory": bytes_text(machine.memory_bytes or 0),
        "system": f"{machine.system} {machine.release}",
        "architecture": machine.architecture,
    }


def _told(properties: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    for name in dict.fromkeys(name for each in properties.values() for name in each):
        whose: dict[str, list[str]] = defaultdict(list)
        for host, each in properties.items():
            whose[each.get(name, ABSENT)].append(host)
        if len(whose) > 1:
            usual = Counter({value: len(those) for value, those in whose.items()}).most_common(1)[0][0]
            others = [f"{value} on {_named(those)}" for value, those in whose.items() if value != usual]
            yield f"{name} is {usual} on {_named(whose[usual])}, {', '.join(others)}"


def _named(hosts: list[str]) -> str:
    some = ", ".join(hosts[:MOST_NAMED])
    return some if len(hosts) <= MOST_NAMED else f"{some} and {len(hosts) - MOST_NAMED} more"
