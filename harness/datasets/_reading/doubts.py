"""Asks about plain decimals in files that seem to have decimal commas: ``1.234`` may be 1234 there."""

from collections.abc import Sequence

from harness.datasets._reading.columns import Numbers
from harness.datasets._reading.grid import Grid, Texts
from harness.datasets._reading.how import How
from harness.datasets._reading.looks import looks_like_a_value
from harness.datasets._reading.notation import Ambiguous, notated
from harness.errors import DatasetError


def doubted(grid: Grid, columns: Sequence[Numbers], how: How) -> None:
    """Ask if a point may separate thousands in plain decimals, because the file seems to have decimal commas.

    Raises
    ------
    DatasetError
        With the question.
    """
    comma = any(each.shows_comma for each in columns) or grid.hints_comma
    if not comma or how.decimal != "auto" or how.thousands != "auto" or grid.word != "line":
        return
    plain = {each.name: _pointed(grid, each.name) for each in columns if each.plain}
    questions = {name: notated(texts, how, plain_too=True) for name, texts in plain.items() if texts}
    clear = any(not isinstance(found, Ambiguous) for found in questions.values())
    if clear and not any(each.shows_comma for each in columns):
        return  # another column shows what a point means in this file
    for name, found in questions.items():
        if isinstance(found, Ambiguous):
            raise DatasetError(f"{grid.source}: column {name!r} {found.question}")


def _pointed(grid: Grid, name: str) -> list[str]:
    """The numbers of a column that have a point, without an exponent."""
    column = grid.columns[grid.position(name)]
    if not isinstance(column, Texts):
        return []
    pointed = (text for text in column if "." in text and looks_like_a_value(text) and "e" not in text.lower())
    return list(dict.fromkeys(pointed))[:1000]
