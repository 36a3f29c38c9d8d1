"""What backends declare of their work: exact formulas on small sizes, and laws that hold for every backend."""

from dataclasses import fields
from itertools import product
from typing import Any, get_args, get_type_hints

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backends._cost import (
    descent,
    explicit_qr,
    gram,
    householder_qr,
    normal_equations,
    pseudo_inverse,
    singular_values,
    singular_vectors,
)
from backends.base import Backend, Cost, Fit, Problem, Workload
from harness.catalog import backend_class, backend_names
from harness.worker.session import OpenCase
from tests.support.fakes import Honest

LAWS = settings(derandomize=True, deadline=None, max_examples=50)
TALL = Workload(100, 3, intercept=False)
WIDE = Workload(3, 100, intercept=False)


def test_formulas_on_a_small_size() -> None:
    """n = 100, p = 3: n p² = 900, p³ = 27; a pass is 100 rows of 3 + 1 values of 8 bytes, 3,200."""
    assert gram(TALL) == Cost(900, 3200)
    assert normal_equations(TALL, copies=1) == Cost(900 + 9, 3 * 3200)
    assert householder_qr(TALL) == Cost(1800 - 18, 2 * 3200)
    assert explicit_qr(TALL, copies=1) == Cost(3600 - 36, 7 * 3200)
    assert singular_values(TALL) == Cost(1800 + 54, 2 * 3200)
    assert singular_vectors(TALL) == Cost(5400 + 540, 4 * 3200)
    assert pseudo_inverse(TALL) == Cost(7200 + 540, 7 * 3200)
    assert descent(TALL._replace(iterations=10), over=2) == Cost(10 * 1200, 10 * 2 * 3200)


def test_an_intercept_is_a_parameter_and_float32_half_the_bytes() -> None:
    with_one = Workload(100, 2)
    assert normal_equations(with_one) == normal_equations(TALL)
    assert gram(TALL._replace(itemsize=4)) == Cost(900, 1600)


def test_a_square_matrix_is_bidiagonalised_as_it_is_and_a_tall_one_after_a_qr() -> None:
    square, tall = (singular_values(Workload(n, 30, intercept=False)).flops for n in (30, 3000))
    assert square == pytest.approx((4 - 4 / 3) * 30**3)
    assert tall == 2 * 3000 * 30**2 + 2 * 30**3
    at_the_break = Workload(50, 30, intercept=False)
    assert singular_values(at_the_break).flops == pytest.approx(4 * 50 * 900 - 4 * 30**3 / 3)


@pytest.mark.parametrize("method", [householder_qr, explicit_qr, singular_values, singular_vectors])
def test_a_wide_matrix_costs_what_its_transpose_does(method: Any) -> None:
    assert method(WIDE).flops == method(TALL).flops


def declared() -> list[Any]:
    """Every built-in backend with each choice of its options that are one of several words."""
    found = []
    for name in backend_names():
        kind = backend_class(name)
        if not kind.__module__.startswith("backends."):
            continue
        hints = get_type_hints(kind)
        words = {each.name: get_args(hints[each.name]) for each in fields(kind) if _is_choice(hints[each.name])}
        for values in product(*words.values()):
            options = dict(zip(words, values, strict=True))
            tag = ",".join(values)
            found.append(pytest.param(kind(**options), id=f"{name}[{tag}]"))
    return found


def _is_choice(hint: Any) -> bool:
    return bool(get_args(hint)) and all(isinstance(each, str) for each in get_args(hint))


@pytest.mark.parametrize("backend", declared())
def test_twice_the_rows_are_twice_the_work_and_no_less_than_reading_them(backend: Backend[Any]) -> None:
    work = Workload(10**7, 20, iterations=5)
    cost, twice = backend.cost(work), backend.cost(work._replace(n=2 * work.n))
    if cost is None or twice is None:
        assert type(backend).cost is Backend.cost or hasattr(backend, "method"), "only some methods declare none"
        return
    assert twice.bytes == pytest.approx(2 * cost.bytes, rel=1e-3)
    assert twice.flops == pytest.approx(2 * cost.flops, rel=1e-3)
    assert cost.bytes >= work.n * work.d * work.itemsize
    assert cost.flops >= work.n * work.d, "no value of X can be left out"


@pytest.mark.parametrize("backend", declared())
@LAWS
@given(st.integers(1, 10**6), st.integers(1, 500), st.booleans(), st.integers(0, 1000))
def test_costs_are_finite_and_no_less_than_nothing(backend: Any, n: int, d: int, intercept: bool, passes: int) -> None:
    cost = backend.cost(Workload(n, d, intercept, iterations=passes))
    assert cost is None or (0 <= cost.flops < np.inf and 0 <= cost.bytes < np.inf)


@pytest.mark.parametrize(
    ("name", "options", "flops"),
    [
        ("numpy_lstsq", {}, 1854),
        ("scipy_lstsq", {"driver": "gelsy"}, 1782),
        ("scratch_ols", {}, 909),
        ("numpy_batched", {"method": "normal"}, 918),
        ("scratch_gd", {"method": "naive"}, 12_000),
        ("scratch_gd", {"method": "gram"}, 900 + 180),
        ("torch_linear", {}, 12_000),
        ("r_lm", {}, 1782),
    ],
)
def test_what_backends_declare(name: str, options: dict[str, Any], flops: float) -> None:
    cost = backend_class(name)(**options).cost(TALL._replace(iterations=10))
    assert cost is not None
    assert cost.flops == pytest.approx(flops, rel=1e-12)


def problem() -> Problem:
    return Problem(np.ones((100, 2), dtype=np.float32), np.ones(100, dtype=np.float32), True)


def test_the_worker_asks_for_the_problem_it_has() -> None:
    seen: list[Workload] = []

    class Tells(Honest):
        def cost(self, work: Workload) -> Cost:
            seen.append(work)
            return gram(work)

    fit = Fit(np.zeros(2), 0.0, True, 7)
    opened = OpenCase(Tells(), problem(), None, "cuda")
    assert opened.cost(fit) == {"flops": 900.0, "bytes": 1600.0}
    assert seen == [Workload(100, 2, True, 4, False, "cuda", 7)]


def test_none_is_asked_for_many_fits_and_a_backend_need_not_declare_any() -> None:
    fit = Fit(np.zeros(2), 0.0, True, None)
    assert OpenCase(Honest(), problem(), None).cost(fit) is None
    assert OpenCase(Honest(), object(), None).cost(fit) is None
