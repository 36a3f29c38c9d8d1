"""How hosts differ, in words."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from harness.cluster.protocol import HostFacts
from harness.units import bytes_text

MOST_NAMED = 3
"""Most hosts that are named."""

ABSENT = "not installed"


def unlike_versions(hosts: Mapping[str, HostFacts]) -> str:
    """Which versions differ between these hosts, in words; empty where none do."""
    return "; ".join(_differences({host: facts.versions for host, facts in hosts.items()}))


def unlike_hosts(hosts: Mapping[str, HostFacts]) -> list[str]:
    """Each property of machines, and each version, that differs between these hosts, in words."""
    return [*_differences({host: {**_machine(facts), **facts.versions} for host, facts in hosts.items()})]


def _machine(facts: HostFacts) -> Mapping[str, str]:
    machine = facts.host.machine
    return {
        "processor": machine.cpu,
        "cores": str(machine.cores),
        "memory": bytes_text(machine.memory_bytes or 0),
        "system": f"{machine.system} {machine.release}",
        "architecture": machine.architecture,
    }


def _differences(properties: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
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
