"""What a suite's datasets and backends are called where people read: short, and no two alike."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from harness.config.cases import Component, with_options

LONGEST = 32
"""Characters of an identity that is told whole."""


def named(components: Sequence[Component]) -> list[Component]:
    """The components, those with a long identity and no name of their own called by what tells them apart.

    Parameters
    ----------
    components : sequence of Component
        All datasets of a suite, or all of its backends.
    """
    alike: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    for each in components:
        alike[each.name][each.identity] = each.chosen
    short = [each if each.called else _shortened(each, list(alike[each.name].values())) for each in components]
    whose: dict[str, set[str]] = defaultdict(set)
    for each in short:
        whose[each.label].add(each.identity)
    return [
        short_one if len(whose[short_one.label]) == 1 or whole.called else whole
        for short_one, whole in zip(short, components, strict=True)
    ]


def repeated_name(components: Sequence[Component]) -> str:
    """A name that two different components were given; empty where there is none."""
    pairs = {(each.label, each.identity) for each in components}
    return next((label for label, count in Counter(label for label, _ in pairs).items() if count > 1), "")


def _shortened(one: Component, all_of_them: Sequence[dict[str, Any]]) -> Component:
    """Called by its options that are not the same in all components of its kind, where the whole is long."""
    if len(one.identity) <= LONGEST:
        return one
    stem = getattr(one.instance, "nickname", "") or one.name
    hidden = {"path"} if stem != one.name else set()
    telling = {
        option: value
        for option, value in one.chosen.items()
        if option not in hidden and any(other.get(option) != value for other in all_of_them)
    }
    return replace(one, called=with_options(stem, telling))
