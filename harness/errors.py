"""Every error the harness raises, and the exit code each one ends the command with.

::

    LinbenchError            exit 2
    ├── UsageError           a mistake on the command line, or in a call
    │   └── UnknownName      no backend, dataset, suite, run or format of that name
    ├── SuiteError           a suite file that cannot be read or does not hold what it must
    ├── DatasetError         data that cannot be loaded or do not make a problem
    ├── ClusterError         hosts that are not there, not alike, or gone
    ├── StoreError           a run file that cannot be read, or is of a newer format
    └── NothingToShow        exit 4: nothing measured, no such run, no baseline
"""

import difflib
from collections.abc import Iterable, Sequence

MOST_CASES = 6
"""Most cases that a message names."""

MOST_BEGUN = 6
"""Most names sharing the given prefix that a message lists."""


class LinbenchError(Exception):
    """What is wrong, in one line: what, got, wanted, what to do."""

    exit_code = 2


class UsageError(LinbenchError):
    """A mistake on the command line, or in a call."""


class UnknownName(UsageError):
    """A name that does not exist.

    Parameters
    ----------
    kind : str
        ``"backend"``, ``"dataset"``, …
    got : str
        The given name.
    known : iterable of str
        The existing names.
    """

    def __init__(self, kind: str, got: str, known: Iterable[str]) -> None:
        super().__init__(f"unknown {kind} {got!r}{nearest(got, known)}")


class SuiteError(LinbenchError):
    """A suite file that cannot be read or does not hold what it must."""


class DatasetError(LinbenchError):
    """Data that cannot be loaded, or that do not make a least-squares problem."""


class ClusterError(LinbenchError):
    """There is no host to measure on, hosts differ, or the scheduler is gone."""


class StoreError(LinbenchError):
    """A run file that cannot be read, is damaged beyond its last line, or is of a newer format."""


class NothingToShow(LinbenchError):
    """Nothing was measured, or there is no such run or baseline."""

    exit_code = 4


def one_line(error: BaseException) -> str:
    """Any exception as its type and the first line of its message."""
    return ": ".join([type(error).__name__, *str(error).strip().splitlines()[:1]])


def near_cases(got: str, ids: Iterable[str]) -> str:
    """The end of a message about a wrong case: similar cases, or else the first few."""
    every = list(ids)
    found = difflib.get_close_matches(got, every, n=4, cutoff=0.3) or every
    return f"; there {'is' if len(found) == 1 else 'are'} {some_cases(found)}" if found else "; there is none"


def some_cases(names: Sequence[str]) -> str:
    """The first few cases, and the number of all where there are more."""
    return ", ".join(names[:MOST_CASES]) + (f", … ({len(names)})" if len(names) > MOST_CASES else "")


def nearest(got: str, known: Iterable[str]) -> str:
    """The end of a message about a wrong name: the nearest right one, or all names."""
    names = sorted(known)
    folded = {name.casefold(): name for name in names}
    word = got.casefold()
    begun = [name for low, name in folded.items() if len(got) >= 3 and (low.startswith(word) or word in low.split("_"))]
    if len(begun) == 1:
        return f"; did you mean {begun[0]!r}?"  # sep, and separator; norris, and nist_norris
    if 1 < len(begun) <= MOST_BEGUN:
        return f"; did you mean one of {', '.join(begun)}?"  # sklearn, and sklearn_ols
    close = difflib.get_close_matches(got.casefold(), folded, n=1, cutoff=0.6)
    if close:
        return f"; did you mean {folded[close[0]]!r}?"
    return f"; there {'is' if len(names) == 1 else 'are'} {', '.join(names)}" if names else "; there is none"
