"""Columns chosen by name, for datasets that are tables with a header."""

from collections.abc import Sequence

from harness.errors import DatasetError, nearest


def check_choice(features: Sequence[str], target: str) -> None:
    """Check that a choice of columns can make a problem, whatever the table.

    Raises
    ------
    ValueError
        When there is no feature, one is named twice, or the target is a feature. The message begins with the option.
    """
    if not features:
        raise ValueError("features: got none, wanted at least one column")
    twice = [name for i, name in enumerate(features) if name in features[:i]]
    if twice:
        raise ValueError(f"features: got {twice[0]!r} twice, wanted each column once")
    if target in features:
        raise ValueError(f"target: got {target!r}, which is a feature, wanted another column")


def position(name: str, header: Sequence[str], source: str) -> int:
    """The position of a column in the header.

    Parameters
    ----------
    header : sequence of str
        The names of all columns.
    source : str
        The table's name in messages.

    Raises
    ------
    DatasetError
        When no column, or more than one, has that name.
    """
    count = header.count(name)
    if count == 0:
        raise DatasetError(f"{source} has no column {name!r}{nearest(name, header)}")
    if count > 1:
        raise DatasetError(f"{source} has {count} columns named {name!r}; rename all but one")
    return header.index(name)
