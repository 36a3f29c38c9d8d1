"""The verb try: one command on a file in an empty folder."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from harness.config import load_suite
from harness.reports.sheets.attempt import attempt
from harness.results import Run
from harness.tryout import Attempt, Draft, dataset_table, default_backends
from harness.tryout.draft import fit_name
from harness.tryout.subject import options_of, title_of
from tests.conftest import Linbench
from tests.support.runs import header, key, measured

OWN = """
import numpy as np

def right(X, y):
    A = np.column_stack([X, np.ones(len(y))])
    b = np.linalg.lstsq(A, y, rcond=None)[0]
    return b[:-1], b[-1]

def forgot(X, y):
    return np.linalg.lstsq(X, y, rcond=None)[0]

def broken(X, y):
    return X["a"]
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]) -> Path:
    rng = np.random.default_rng(1)
    rows = ["id,area,rooms,town,price"]
    for i in range(60):
        area, rooms = rng.uniform(40, 200), rng.integers(1, 7)
        price = 50 + 2 * area + 10 * rooms + rng.normal()
        rows.append(f"{i},{area:.1f},{rooms},{'ABC'[i % 3]},{price:.2f}")
    (tmp_path / "houses.csv").write_text("\n".join(rows))
    (tmp_path / "mine.py").write_text(OWN)
    monkeypatch.chdir(tmp_path)
    environment["COLUMNS"] = "80"
    return tmp_path


TWO = ("--backend", "numpy_lstsq", "--backend", "sklearn_sgd")


@pytest.mark.slow
def test_one_command_says_whom_to_trust_in_80_columns(folder: Path, linbench: Linbench) -> None:
    own = [word for name in ("right", "forgot", "broken") for word in ("--with", f"mine.py:{name}")]
    done = linbench("try", "houses.csv", "--target", "price", *TWO, *own, "--save", "x.toml")
    assert done.code == 3, done.err
    lines = done.out.splitlines()
    assert max(map(len, lines)) <= 80
    words = " ".join(done.out.split())
    assert "column 'id' is left out: it only counts the rows" in words
    told = r"mine.py:forgot is [0-9.]+ standard errors off on houses and .* Why: the model has no intercept"
    assert re.search(told, words)
    assert "1 of 5 cases failed (error): mine.py:broken on houses: IndexError:" in words
    assert 'mine.py:13: return X["a"])' in words
    assert "2 of 5 backends are right on this dataset: mine.py:right and numpy_lstsq (" in words
    assert "changes no conclusion" in words
    assert load_suite("x.toml").cases[0].backend.label == "mine.py:right"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["houses.csv"], "which column is predicted? Give a formula such as"),
        (["houses.cvs", "price ~ area"], "did you mean 'houses.csv'?"),
        (
            ["houses.csv", "price ~ area", "--target", "price"],
            "got a formula, 'price ~ area', and --target, wanted one of them",
        ),
        (["houses.csv", "price ~ aera", "--backend", "numpy_lstsq"], "there is no column 'aera'; did you mean 'area'?"),
        (
            ["houses.csv", "price ~ area", "--with", "mine.py:rigth"],
            "defines no 'rigth'; did you mean 'right'?",
        ),
        (["houses.csv", "price ~ area", "--with", "other.py:fit"], "other.py: there is no such file"),
        (["houses.csv", "price ~ area", "--backend", "numpy_lsq"], "unknown backend 'numpy_lsq'; did you mean"),
        (["houses.csv", "price ~ area", "--set", "header"], "wanted OPTION=VALUE"),
        (["houses.csv", "price ~ area", "--set", "heder=no"], "no such option; did you mean 'header'?"),
        (["houses.csv", "price ~ area", "--save", "x.txt"], "wanted a name that ends in .toml"),
    ],
)
def test_bad_input_is_one_line(folder: Path, linbench: Linbench, words: list[str], said: str) -> None:
    done = linbench("try", *words)
    assert done.code == 2
    (line,) = done.err.splitlines()
    assert said in line
    assert not list(folder.glob("results/runs/*"))


def test_every_direct_solver_is_tried_and_no_program(folder: Path) -> None:
    names = default_backends()
    assert {*names[:2]} == {"numpy_batched", "numpy_lstsq"}  # what is imported in no time
    assert names.index("scipy_lstsq") < names.index("scipy_linregress")  # which imports all of scipy.stats
    assert {"scratch_ols", "scipy_lstsq", "sklearn_ols", "sklearn_sgd", "statsmodels_ols"} <= {*names}
    assert not {"r_lm", "scratch_gd", "scratch_sgd", "torch_linear", "pspp_regression"} & {*names}


def test_who_cannot_answer_is_named_in_a_sentence_and_has_no_row() -> None:
    keys = [key(f"d/{name}/cpu/float64") for name in ("able", "unable")]
    able, unable = (measured(np.random.default_rng(0), each.id) for each in keys)
    unable = replace(unable, status="unsupported", reason="it takes no weights", seconds=())
    run = Run(Path("r.jsonl"), header(0, keys), (able, unable), "later")
    (table,) = attempt(Attempt(run, {})).tables
    assert [row[0].text for row in table.rows] == ["able"]
    assert any("unable cannot answer d: it takes no weights." in line.text for line in attempt(Attempt(run, {})).found)
    (alone,) = attempt(Attempt(Run(Path("r.jsonl"), header(0, keys[1:]), (unable,), "later"), {})).tables
    assert [row[0].text for row in alone.rows] == ["unable"]


def test_a_draft_is_the_suite_that_it_writes(folder: Path) -> None:
    table = dataset_table("houses.csv", 'price ~ area + `"` - 1', more={"missing_markers": ["-9", "é"], "seed": 3})
    draft = Draft(name="a b/c", datasets=[table], backends=[{"use": "scratch_gd", "epochs": 7}], plan={"rounds": 2})
    suite = draft.suite(folder / "x.toml")
    assert suite.name == "a-b-c"
    assert suite.plan.rounds == 2
    (case,) = suite.cases
    assert case.dataset.label == "houses"
    assert case.dataset.instance.formula == 'price ~ area + `"` - 1'
    assert case.dataset.instance.missing_markers == ("-9", "é")
    assert case.backend.instance.epochs == 7


def test_options_are_read_as_toml_where_they_are_some() -> None:
    found = options_of(["decimal=,", "test_size=0.2", "intercept=false", 'names=["a", "b"]', "separator=;"])
    assert found == {"decimal": ",", "test_size": 0.2, "intercept": False, "names": ["a", "b"], "separator": ";"}


@pytest.mark.parametrize("value", ["-999,*", "-999, *", "[-999, *]", '["-999", "*"]', "['-999', '*']", '"-999", "*"'])
def test_a_list_is_one_however_the_shell_left_it(value: str) -> None:
    assert options_of([f"missing_markers={value}"]) == {"missing_markers": ["-999", "*"]}
    assert options_of(["missing_markers=-999"]) == {"missing_markers": ["-999"]}
    assert options_of(['missing_markers="-999"']) == {"missing_markers": ["-999"]}
    for names in ('["a,b", "y"]', '"a,b", "y"'):
        assert options_of([f"names={names}"]) == {"names": ["a,b", "y"]}


def test_names_are_made_of_what_the_data_are_called() -> None:
    assert title_of("/a/b/house prices.csv.gz") == "house prices"
    assert title_of("https://x.org/d/t.parquet?raw=1") == "t"
    assert title_of("s.duckdb::SELECT 1") == "s"
    assert fit_name("häuser & co") == "h-user-co"


def test_json_has_the_whole_run(folder: Path, linbench: Linbench) -> None:
    done = linbench("try", "houses.csv", "price ~ area", "--backend", "numpy_lstsq", "--format", "json")
    assert done.code == 0, done.err
    (row,) = json.loads(done.out)["rows"]
    assert row["dataset_label"] == "houses"
    assert row["digits"] > 12


def test_a_question_says_how_it_is_answered(folder: Path, linbench: Linbench) -> None:
    (folder / "amb.csv").write_text('a,y\n"1,234",1\n"2,345",2\n"3,456",4\n')
    words = ("try", "amb.csv", "y ~ a", "--backend", "numpy_lstsq")
    done = linbench(*words)
    assert done.code == 2
    assert "which may be 1234" in done.err
    assert "here as --set OPTION=VALUE" in done.err
    assert linbench(*words, "--set", "decimal=.", "--set", "thousands=,").code == 0
