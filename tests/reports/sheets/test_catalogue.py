"""What there is, listed."""

import pytest

from harness.catalog import backend_names, dataset_names, suite_names
from harness.errors import UnknownName
from harness.judgement import scores
from harness.reports import layout
from harness.reports.sheets import names
from harness.reports.sheets.catalogue import KINDS, catalogue


def listed(kind: str) -> dict[str, dict[str, str]]:
    (table,) = catalogue([kind]).tables
    heads = [column.name for column in table.columns]
    found = [dict(zip(heads, (cell.text for cell in row), strict=True)) for row in table.rows]
    return {each["name"]: each for each in found}


def test_everything_is_there() -> None:
    there = {"backends": backend_names(), "datasets": dataset_names(), "suites": suite_names(),
             "scores": list(scores()), "reports": names()}  # fmt: skip
    for kind, wanted in there.items():
        assert list(listed(kind)) == wanted
    assert {*layout.names(), "junit", "pytest-benchmark"} <= set(listed("formats"))
    assert [table.title for table in catalogue().tables] == list(KINDS)


def test_a_backend_has_its_options_with_their_defaults() -> None:
    assert "epochs=" in listed("backends")["scratch_gd"]["options"]
    assert "path=<required>" in listed("datasets")["csv"]["options"]


def test_options_that_every_dataset_has_are_told_once_and_kept_in_files() -> None:
    found = catalogue(["datasets"])
    (table,) = found.tables
    options = [column.name for column in table.columns].index("options")
    own = {row[0].text: row[options] for row in table.rows}
    assert own["hilbert"].text == "intercept=false n_samples=20 n_features=6"
    assert 'scale="none"' in str(own["hilbert"].value)
    assert 'scale="none"' in found.after[0].text
    assert catalogue(["backends"]).after == ()


def test_a_kind_that_is_not_there() -> None:
    with pytest.raises(UnknownName, match="did you mean 'backends'"):
        catalogue(["backend"])
