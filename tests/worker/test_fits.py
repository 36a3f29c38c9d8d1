"""What is a fit, and which two are the same."""

import math
from dataclasses import fields
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from backends.base import Fit, Inference, Problem
from harness.reference.inference import ExactInference
from harness.results import Statistics
from harness.worker.failures import failure, plain
from harness.worker.fits import SCALARS, VECTORS, check_fit, copied, fit_values, same_fit
from harness.worker.session import MOST_FITS, OpenCase

PROBLEM = Problem(np.zeros((3, 2)), np.zeros(3), intercept=True)


def fit(**changes: Any) -> Fit:
    return Fit(**{"coef": np.ones(2), "intercept": 0.5, "converged": True, "iterations": 3, **changes})


FINE: list[dict[str, Any]] = [
    {}, {"coef": np.full(2, math.nan)}, {"rank": np.int64(2)}, {"converged": np.bool_(False)}, {"iterations": None},
]  # fmt: skip


@pytest.mark.parametrize("fine", FINE)
def test_what_the_contract_allows(fine: dict[str, Any]) -> None:
    check_fit(fit(**fine), PROBLEM)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"coef": np.ones(3)}, "shape"), ({"coef": np.ones(2, dtype=np.float32)}, "float32"), ({"coef": "ab"}, "shape"),
        ({"intercept": "0"}, "intercept"), ({"intercept": np.ones(2)}, "intercept"), ({"intercept": None}, "intercept"),
        ({"converged": "yes"}, "converged"), ({"converged": np.ones(2)}, "converged"), ({"rank": math.nan}, "rank"),
        ({"iterations": 1.5}, "iterations"), ({"iterations": -1}, "iterations"), ({"iterations": 2**60}, "iterations"),
    ],
)  # fmt: skip
def test_what_it_does_not(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises((TypeError, ValueError), match=words):
        check_fit(fit(**wrong), PROBLEM)


def test_a_kept_fit_is_a_copy_and_every_new_one_is_checked() -> None:
    case = OpenCase(None, PROBLEM, None)  # type: ignore[arg-type]
    first = fit()
    case.keep(first)
    first.coef[:] = 9.0
    assert case.fits[0].coef.tolist() == [1.0, 1.0]
    case.keep(fit())
    assert not case.differing
    with pytest.raises(TypeError):
        case.keep(fit(converged="no"))
    for value in range(20):
        case.keep(fit(intercept=float(value)))
    assert case.differing
    assert len(case.fits) == MOST_FITS


def test_two_fits_are_the_same_to_the_last_bit() -> None:
    assert same_fit(fit(coef=np.array([math.nan, 1.0])), fit(coef=np.array([math.nan, 1.0])))
    assert same_fit(fit(), copied(fit()))
    assert not same_fit(fit(), fit(coef=np.array([1.0, np.nextafter(1.0, 2)])))
    assert not same_fit(fit(), fit(iterations=4))


def test_an_inference_that_is_none_is_said() -> None:
    right = fit_values(fit(inference=lambda: Inference(np.ones(3), 0.5)))
    assert (right["standard_errors"], right["r_squared"]) == ([1.0, 1.0, 1.0], 0.5)
    for wrong in (None, 3, Inference(np.ones((2, 2)), 0.5), Inference(np.ones(3), "high")):  # type: ignore[arg-type]
        with pytest.raises((TypeError, ValueError), match="inference gave"):
            fit_values(fit(inference=lambda wrong=wrong: wrong))


def test_an_inference_says_what_it_has_and_a_contract_that_knows_less_is_read() -> None:
    full = Inference(np.ones(2), 0.5, t_values=np.array([2.0, -1.0]), f_value=np.float64(3.0))
    said = fit_values(fit(inference=lambda: full))["statistics"]
    assert (said["t_values"], said["f_value"], said["p_values"], said["aic"]) == ([2.0, -1.0], 3.0, None, None)
    older = SimpleNamespace(standard_errors=np.ones(2), r_squared=0.5)
    assert fit_values(fit(inference=lambda: older))["statistics"] is None
    assert fit_values(fit())["statistics"] is None
    for wrong in ({"t_values": np.ones((2, 2))}, {"p_values": 0.5}, {"f_value": "high"}, {"aic": np.ones(2)}):
        with pytest.raises((TypeError, ValueError), match=f"inference gave {next(iter(wrong)).replace('_', ' ')}"):
            fit_values(fit(inference=lambda wrong=wrong: full._replace(**wrong)))


def test_every_statistic_has_one_name_from_the_contract_to_the_exact_one() -> None:
    names = {*VECTORS, *SCALARS}
    assert names == {each.name for each in fields(Statistics)}
    assert names == {*Inference._fields} - {"standard_errors", "r_squared"}
    assert {*Inference._fields} < {each.name for each in fields(ExactInference)}


def test_an_error_that_cannot_say_what_it_is_has_its_type() -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    assert failure(Mute()) == {"failed": {"status": "error", "reason": "Mute"}}
    assert plain("a\udcff") == r"a\udcff"
