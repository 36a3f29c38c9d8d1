"""JSON of a sheet: a list of tables, numbers in full."""

import json as standard

from harness.reports.layout.json import json
from tests.support.sheets import NASTY, NUMBERS, WORDS


def test_it_reads_back() -> None:
    (table,) = standard.loads(json(NASTY))
    assert [row["number"] for row in table["rows"]] == list(NUMBERS)
    assert [row["name"] for row in table["rows"]] == list(WORDS)
    assert table["notes"] == list(NASTY.tables[0].notes)
