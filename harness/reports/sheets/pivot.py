"""One number of every case: backends down, datasets across."""

from collections.abc import Mapping, Sequence

from harness.errors import UnknownName
from harness.judgement import scores
from harness.reports.naming import differing, short_name
from harness.reports.ranking import Group, RankedRow, ranked
from harness.reports.sheet import Column, Sheet, Style, Table, Value, status_style
from harness.reports.sheets.base import report
from harness.reports.sheets.table import numbers
from harness.results import Run
from harness.units import ABSENT


@report()
def pivot(run: Run, number: str = "digits") -> Sheet:
    """One number of every case: backends down, datasets across.

    Device, dtype and environment follow the backend's name if they differ within a dataset, and the dataset's name if
    they only differ between datasets. The number is a numeric column of the table, or a score.

    Raises `UnknownName` when there is no such number.
    """
    if number not in numbers():
        raise UnknownName("number", number, numbers())
    groups = ranked(run)
    of_backends, of_datasets = _places(run, groups)
    found: dict[str, dict[str, RankedRow]] = {short_name(row.case, of_backends): {} for row in run.rows}
    for group in groups:
        for each in group.rows:
            found[short_name(each.row.case, of_backends)][group.title] = each
    columns: list[Column[str]] = [Column("backend", "backend", str, left=True)]
    for group in groups:
        heading = short_name(group.rows[0].row.case, of_datasets, group.title)
        columns.append(_dataset(group.title, heading, found, numbers()[number]))
    score = scores().get(number)
    return Sheet((Table.of("", columns, found, [f"{number}: {score.about if score else numbers()[number].heading}"]),))


def _places(run: Run, groups: Sequence[Group]) -> tuple[list[str], list[str]]:
    """The places to add to the names of backends, and to those of datasets."""
    within = {place for group in groups for place in differing(each.row.case for each in group.rows)}
    places = differing(row.case for row in run.rows)
    return [each for each in places if each in within], [each for each in places if each not in within]


def _dataset(
    title: str, heading: str, found: Mapping[str, Mapping[str, RankedRow]], number: Column[RankedRow]
) -> Column[str]:
    """The column of one dataset: the number of each backend, or its status if it has none."""

    def value(name: str) -> Value:
        return number.value(found[name][title]) if title in found[name] else None

    def text(name: str) -> str:
        if title not in found[name]:
            return ""
        shown, status = number.cell(found[name][title]).text, found[name][title].row.status
        return status if shown == ABSENT and status != "ok" else shown

    def style(name: str) -> Style:
        each = found[name].get(title)
        return status_style(each.row.status) if each and text(name) == each.row.status else ""

    return Column(heading, heading, value, text, priority=1, wraps=True, style=style)
