"""What a suite's datasets and backends are called where people read: short, and no two alike."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from harness.config.cases import Component, with_options

LONGEST = 32
"""Characters of an identity that is told whole, as are its like where none is longer."""

NOTHING: tuple[Any, ...] = ("", (), None)
"""Defaults that say nothing: no name, no columns, no number."""


def named(components: Sequence[Component]) -> list[Component]:
    """The components, called by what tells them apart where one of their kind has a long identity; given names stay.

    Parameters
    ----------
    components : sequence of Component
        All datasets of a suite, or all of its backends.
    """
    alike: dict[str, list[Component]] = defaultdict(list)
    for each in components:
        alike[each.name].append(each)
    short = [each if each.called else _shortened(each, alike[each.name]) for each in components]
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


def _shortened(one: Component, all_of_them: Sequence[Component]) -> Component:
    """Called by its options that are not the same in all components of its kind, where some identity is long.

    What tells it apart may be that an option has its default, which the identity leaves out.
    """
    if all(len(each.identity) <= LONGEST for each in all_of_them):
        return one
    stem = getattr(one.instance, "nickname", "") or one.name
    hidden = {"path"} if stem != one.name else set()
    chosen = {option for each in all_of_them for option in each.chosen}
    telling = {
        option: value
        for option, value in vars(one.instance).items()
        if option in chosen - hidden
        and (option in one.chosen or value not in NOTHING)
        and any(vars(other.instance).get(option) != value for other in all_of_them)
    }
    return replace(one, called=with_options(stem, telling))
