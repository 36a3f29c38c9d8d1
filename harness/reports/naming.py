"""Short names of cases: the backend, and what distinguishes the case from the others beside it."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from harness.config import CaseKey
from harness.environments import DEFAULT

PLACES = ("device", "dtype", "environment")
"""Where a case ran, in the order in which names show it."""

OPTION = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*")+')
"""One option in the brackets of a label; a quoted text may hold commas."""


def differing(cases: Iterable[CaseKey]) -> tuple[str, ...]:
    """Those of `PLACES` in which the cases differ."""
    cases = list(cases)
    return tuple(place for place in PLACES if len({getattr(case, place) for case in cases}) > 1)


def short_name(case: CaseKey, places: Sequence[str], label: str | None = None) -> str:
    """The backend with its options (or another label), and these places."""
    return " ".join([case.backend_label if label is None else label, *(getattr(case, place) for place in places)])


def case_names(cases: Iterable[CaseKey], labels: Mapping[str, str] | None = None) -> dict[str, str]:
    """The name of each case by its id: the backend with its options, and the places in which its cases differ.

    `labels` gives shorter names for labels of backends.
    """
    cases, short = list(cases), labels or {}
    alike: dict[str, list[CaseKey]] = {}
    for case in cases:
        alike.setdefault(case.backend_label, []).append(case)
    places = {label: differing(found) for label, found in alike.items()}
    return {case.id: short_name(case, places[case.backend_label], short.get(case.backend_label)) for case in cases}


def row_names(cases: Iterable[CaseKey]) -> dict[str, str]:
    """The name of each row by case id: the dataset if there are several, the backend, and the places that differ.

    `shared` gives what these names leave out. Where two names would be equal, they are the ids.
    """
    keys = {case.id: case for case in cases}
    names = case_names(keys.values(), shorter((each.backend_label, each.backend) for each in keys.values()))
    names = {case: f"{dataset}/{names[case]}" if dataset else names[case] for case, dataset in _datasets(keys).items()}
    counts = Counter(names.values())
    return {case: name if counts[name] == 1 else case for case, name in names.items()}


def row_headings(cases: Iterable[CaseKey]) -> dict[str, str]:
    """The dataset with which a name of `row_names` begins, by case id; empty if it begins with none."""
    keys = {case.id: case for case in cases}
    names = row_names(keys.values())
    return {
        case: dataset if dataset and names[case].startswith(f"{dataset}/") else ""
        for case, dataset in _datasets(keys).items()
    }


def _datasets(keys: Mapping[str, CaseKey]) -> dict[str, str]:
    """The short name of each case's dataset; empty if all have the same."""
    short = shorter((each.dataset_label, each.dataset) for each in keys.values())
    several = _several_datasets(keys.values())
    return {case: short[key.dataset_label] if several else "" for case, key in keys.items()}


def shared(cases: Iterable[CaseKey]) -> tuple[str, ...]:
    """What all cases have in common and `row_names` leaves out: dataset, device, precision, environment.

    The default environment is not mentioned.
    """
    cases = list(cases)
    if not cases:
        return ()
    apart, first = differing(cases), cases[0]
    places = [getattr(first, place) for place in PLACES if place not in apart]
    return (
        *([] if _several_datasets(cases) else [first.dataset_label]),
        *(place for place in places if place != DEFAULT),
    )


def _several_datasets(cases: Iterable[CaseKey]) -> bool:
    return len({case.dataset_label for case in cases}) > 1


def shorter(labels: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Shorten labels, given as pairs of label and plain name, by the options that all labels of a name share.

    A label that is the only one of its name becomes the name. A label that the suite gave is kept.
    """
    pairs = dict(labels)
    alike: dict[str, dict[str, list[str]]] = {}
    for label, name in pairs.items():
        if label == name or (label.startswith(f"{name}[") and label.endswith("]")):
            alike.setdefault(name, {})[label] = OPTION.findall(label[len(name) + 1 : -1])
    short = {label: label for label in pairs}
    for name, found in alike.items():
        common = set.intersection(*map(set, found.values()))
        for label, options in found.items():
            differing_options = ",".join(each for each in options if len(found) > 1 and each not in common)
            short[label] = f"{name}[{differing_options}]" if differing_options else name
    counts = Counter(short.values())
    return {label: name if counts[name] == 1 else label for label, name in short.items()}
