"""Many small fits through the real command: each held against its exact answer, the worst and the median told."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from harness.cli import app
from harness.config import load_suite
from harness.errors import SuiteError
from harness.results import load_run

SUITE = """
name = "many"
[plan]
seconds = 0.001
[[dataset]]
use = "normal"
n_samples = 60
n_features = 2
groups = 4
[[dataset]]
use = "csv"
path = "ragged.csv"
features = ["x"]
target = "y"
groups = ["town"]
[[backend]]
use = "scratch_ols"
[[backend]]
use = "numpy_lstsq"
[[backend]]
use = "numpy_batched"
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    rows = ["town,x,y", "b,1,2", "a,1,1", "b,2,5", "a,2,3", "a,4,8", "b,3,7", "lone,5,6"]
    (tmp_path / "ragged.csv").write_text("\n".join(rows) + "\n")
    (tmp_path / "many.toml").write_text(SUITE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_fit_is_judged_and_the_worst_is_told(folder: Path) -> None:
    done = CliRunner().invoke(app, ["run", "many.toml", "--format", "json"])
    assert done.exit_code == 0, done.output
    rows = json.loads(done.stdout)["rows"]
    found = {(row["dataset"], row["backend"]): row for row in rows}
    regular = found["normal", "scratch_ols"]
    assert regular["many"] == {"fits": 4, "fewest_rows": 15, "most_rows": 15, "deficient": 0}
    assert regular["coef"] is None
    assert regular["digits"] == regular["digits_median"] == 17
    assert regular["seconds"]["per_fit"] == regular["seconds"]["median"] / 4
    assert found["normal", "numpy_batched"]["digits"] <= found["normal", "numpy_batched"]["digits_median"] < 17
    ragged = found["csv", "scratch_ols"]
    assert ragged["many"] == {"fits": 3, "fewest_rows": 1, "most_rows": 3, "deficient": 1}
    assert ragged["worst_fit"]["deficient"] == 1
    assert (ragged["worst_fit"]["number"], ragged["worst_fit"]["group"]) == (0, "town=b")
    assert regular["worst_fit"]["group"] == ""
    refused = found["csv", "numpy_batched"]
    assert refused["status"] == "unsupported"
    assert refused["reason"].startswith("fit 2 (town=lone): method 'normal' needs a row for each parameter, got 1")
    shown = CliRunner().invoke(app, ["show"])
    assert "fewest digits in fit 0 (town=b)" in shown.stdout
    (path,) = folder.rglob("*-many-*.jsonl")
    assert load_run(path).record()["rows"][0]["many"]["fits"] == 4


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("groups = 0", "groups: got 0, wanted at least 1"),
        ("groups = 61", "groups: got 61, wanted at most the 60 rows"),
        ("window = 61", "window: got 61, wanted at most the 60 rows"),
        ('groups = "town"', "groups: got 'town', wanted a number"),
    ],
)
def test_a_suite_that_makes_no_problems_is_refused_in_one_line(folder: Path, line: str, said: str) -> None:
    (folder / "many.toml").write_text(SUITE.replace("groups = 4", line))
    with pytest.raises(SuiteError, match=r"many\.toml:9: ") as refusal:
        load_suite("many.toml")
    assert said in str(refusal.value)
    assert "\n" not in str(refusal.value)
