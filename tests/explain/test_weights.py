"""Questions whose rows have weights: what left them out is told, and a weighted answer is the right one."""

from pathlib import Path

import numpy as np

from harness.datasets.file import File
from harness.explain.data import question_of
from harness.explain.given import Given
from harness.explain.identified import Identified, identify
from harness.explain.question import Float64, solved

RNG = np.random.default_rng(2)
X, W, V = RNG.standard_normal((40, 2)), RNG.random(40) + 0.1, RNG.random(40) + 0.1
Y = X @ [1.0, 2.0] + 3 + RNG.standard_normal(40)


def identified(folder: Path, coef: Float64, level: float) -> Identified:
    header = "a,b,w,v,y"
    np.savetxt(folder / "d.csv", np.column_stack([X, W, V, Y]), delimiter=",", header=header, comments="", fmt="%.17g")
    dataset = File(path=str(folder / "d.csv"), target="y", features=("a", "b"), weights="w")
    numbers = np.append(level, coef)
    digits = np.full(len(numbers), 10.0)
    return identify(question_of(dataset), Given(numbers, np.abs(numbers) * 1e-10, digits, True))


def test_an_answer_that_left_the_weights_out_is_told(tmp_path: Path) -> None:
    found = identified(tmp_path, *solved(X, Y))
    assert found.best is not None
    assert found.best.candidate.what == "the weights were left out"
    assert found.best.candidate.remedy == "give it the weights too"
    assert found.certain


def test_the_weighted_answer_is_the_right_one(tmp_path: Path) -> None:
    found = identified(tmp_path, *solved(X, Y, weights=W))
    assert found.best is found.right


def test_other_weights_are_told(tmp_path: Path) -> None:
    found = identified(tmp_path, *solved(X, Y, weights=V))
    assert found.best is not None
    assert found.best.candidate.what == "rows were weighted by v"
    assert found.best.candidate.remedy == "use the same weights in both"


def test_other_causes_keep_the_weights(tmp_path: Path) -> None:
    found = identified(tmp_path, solved(X, Y, weights=W, intercept=False)[0], 0.0)
    assert found.best is not None
    assert found.best.cause == "no_intercept"
