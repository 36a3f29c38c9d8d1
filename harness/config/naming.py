"""The names that readers see for a suite's datasets and backends: short and unique."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from harness.config.cases import Component, with_options

LONGEST = 32
"""Identities up to this many characters are shown in full, if all of the same file are."""

EMPTY: tuple[Any, ...] = ("", (), None)
"""Defaults that would tell a reader nothing: no name, no columns, no number."""


def named(components: Sequence[Component]) -> list[Component]:
    """Shorten long identities to the options that tell components of one file apart; given names stay.

    Parameters
    ----------
    components : sequence of Component
        All datasets of a suite, or all of its backends.
    """
    of_name: dict[str, list[Component]] = defaultdict(list)
    for each in components:
        of_name[each.name].append(each)
    short = [each if each.called else _shortened(each, of_name[each.name]) for each in components]
    identities: dict[str, set[str]] = defaultdict(set)
    for each in short:
        identities[each.label].add(each.identity)
    return [
        short_one if len(identities[short_one.label]) == 1 or whole.called else whole
        for short_one, whole in zip(short, components, strict=True)
    ]


def repeated_name(components: Sequence[Component]) -> str:
    """A label that two different components share; empty if there is none."""
    pairs = {(each.label, each.identity) for each in components}
    return next((label for label, count in Counter(label for label, _ in pairs).items() if count > 1), "")


def _shortened(one: Component, siblings: Sequence[Component]) -> Component:
    """The component named by the options that differ among its siblings, if one of these has a long identity.

    Such an option may have its default here, which the identity leaves out.
    """
    if all(len(each.identity) <= LONGEST for each in siblings):
        return one
    stem = getattr(one.instance, "nickname", "") or one.name
    hidden = {"path"} if stem != one.name else set()
    chosen = {option for each in siblings for option in each.chosen}
    differing = {
        option: value
        for option, value in vars(one.instance).items()
        if option in chosen - hidden
        and (option in one.chosen or value not in EMPTY)
        and any(vars(other.instance).get(option) != value for other in siblings)
    }
    return replace(one, called=with_options(stem, differing))
