"""What holds of every dataset there is."""

from dataclasses import MISSING, fields
from pathlib import Path

import numpy as np
import pytest

from harness.catalog import dataset_class, dataset_names
from harness.config.reader import load_suite
from harness.datasets.base import Dataset

SHARED = {each.name for each in fields(Dataset)}
READY = [name for name in dataset_names() if not any(f.default is MISSING for f in fields(dataset_class(name)))]


def test_these_there_are() -> None:
    named = {name for name in dataset_names() if not name.startswith("nist_")}
    assert named == {
        "advertising",
        "csv",
        "file",
        "hilbert",
        "linear",
        "longley_perturbed",
        "make_regression",
        "nasty",
        "near_duplicate",
        "normal",
        "offset",
        "pi_line",
        "polynomial",
        "synthetic",
        "weather_ww2",
    }
    assert set(dataset_names()) - set(READY) == {"csv", "file", "weather_ww2"}


@pytest.mark.parametrize("name", dataset_names())
def test_every_option_is_documented(name: str) -> None:
    kind = dataset_class(name)
    attributes = "".join((each.__doc__ or "").partition("Attributes\n")[2] for each in kind.__mro__)
    for option in {each.name for each in fields(kind)} - SHARED:
        assert f"\n    {option} : " in attributes, option


@pytest.mark.parametrize("name", READY)
def test_defaults_make_a_problem(name: str) -> None:
    if name == "make_regression":
        pytest.importorskip("sklearn")
    data = dataset_class(name)(scale="standard", test_size=0.34).data()
    problem, table = data.problem, data.table
    assert problem.X.shape == (len(problem.y), len(table.features))
    assert data.y_test is not None
    assert len(problem.y) + len(data.y_test) == len(table.y)
    assert table.X.dtype == table.y.dtype == np.float64
    assert table.X.flags.c_contiguous
    assert table.y.flags.c_contiguous


def test_a_suite_can_give_every_kind_of_option(tmp_path: Path) -> None:
    suite = tmp_path / "s.toml"
    suite.write_text(
        'name = "s"\n[[backend]]\nuse = "scratch_ols"\n'
        '[[dataset]]\nuse = "csv"\npath = "d.csv"\nfeatures = ["a", "b"]\ntarget = "c"\n'
        '[[dataset]]\nuse = "make_regression"\neffective_rank = ["none", 3]\n'
        '[[dataset]]\nuse = "synthetic"\ncondition = [1, 1e4]\n'
        '[[dataset]]\nuse = "nist_noint1"\n'
    )
    labels = [case.dataset.identity for case in load_suite(suite).cases]
    assert labels == [
        "csv[path=d.csv,features=a+b,target=c]",
        "make_regression",
        "make_regression[effective_rank=3]",
        "synthetic",
        "synthetic[condition=10000]",
        "nist_noint1",
    ]
