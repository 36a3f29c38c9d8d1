"""The from-scratch kernels beside what they are held against; compare within a group, as ratios.

Run on one thread: ``OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1``, as `make microbench` does.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from backends.base import Problem
from harness.catalog import backend_class
from harness.datasets.synthetic import Synthetic

SHAPES = [(10_000, 10), (100_000, 20), (1_000_000, 10), (20_000, 200), (100_000, 100)]
SGD_SHAPES = [(10_000, 1), (10_000, 10), (100_000, 20), (50_000, 100)]


@cache
def tall(n: int, p: int) -> Problem:
    return Synthetic(n_samples=n, n_features=p).data().problem


def solver(name: str, asked: Problem, **options: Any) -> Callable[[], Any]:
    kind = backend_class(name)
    pytest.importorskip(kind.library.module)
    backend = kind(**options)
    state = backend.prepare(asked, "cpu")
    return lambda: backend.solve(state)


def shape_id(shape: tuple[int, int]) -> str:
    return "x".join(map(str, shape))


@pytest.mark.parametrize("shape", SHAPES, ids=shape_id)
def test_gram_alone(shape: tuple[int, int], benchmark: BenchmarkFixture) -> None:
    benchmark.group = f"direct {shape_id(shape)}"
    X = tall(*shape).X
    benchmark(lambda: X.T @ X)


@pytest.mark.parametrize("shape", SHAPES, ids=shape_id)
def test_scratch_ols(shape: tuple[int, int], benchmark: BenchmarkFixture) -> None:
    """Held to 1.5 times the product alone where there are a million entries or more."""
    benchmark.group = f"direct {shape_id(shape)}"
    benchmark(solver("scratch_ols", tall(*shape)))


def test_gram_pass(benchmark: BenchmarkFixture) -> None:
    from backends._moments import centred_moments

    benchmark.group = "descent 1000000x10"
    asked = tall(1_000_000, 10)
    benchmark(lambda: centred_moments(asked))


def test_scratch_gd_of_1000_epochs(benchmark: BenchmarkFixture) -> None:
    """Held to twice the pass that forms the Gram matrix."""
    benchmark.group = "descent 1000000x10"
    fit = benchmark(solver("scratch_gd", tall(1_000_000, 10), learning_rate=1e-3, epochs=1000))
    assert fit.iterations == 1000


EPOCHS = 5


@pytest.mark.parametrize("shape", SGD_SHAPES, ids=shape_id)
@pytest.mark.parametrize("engine", ["numba", "blocks"])
def test_scratch_sgd(engine: str, shape: tuple[int, int], benchmark: BenchmarkFixture) -> None:
    """The kernel is held to a third of SGDRegressor's time at 10 features (see `numerics.md`), and never to more."""
    if engine == "numba":
        pytest.importorskip("numba")
    benchmark.group = f"stochastic {shape_id(shape)}"
    benchmark(solver("scratch_sgd", tall(*shape), learning_rate=1e-5, epochs=EPOCHS, engine=engine))


@pytest.mark.parametrize("shape", SGD_SHAPES[:2], ids=shape_id)
def test_scratch_sgd_naive(shape: tuple[int, int], benchmark: BenchmarkFixture) -> None:
    """Blocks are held to an eighth of this."""
    benchmark.group = f"stochastic {shape_id(shape)}"
    call = solver("scratch_sgd", tall(*shape), learning_rate=1e-5, epochs=EPOCHS, engine="naive")
    benchmark.pedantic(call, rounds=3)


@pytest.mark.parametrize("shape", SGD_SHAPES, ids=shape_id)
def test_sgd_regressor(shape: tuple[int, int], benchmark: BenchmarkFixture) -> None:
    benchmark.group = f"stochastic {shape_id(shape)}"
    options = {"learning_rate": "constant", "eta0": 2e-5, "max_iter": EPOCHS, "tol": "none"}
    benchmark(solver("sklearn_sgd", tall(*shape), **options))


@pytest.mark.parametrize("shape", [(10_000, 10), (100_000, 20), (1_000_000, 10)], ids=shape_id)
def test_exact_reference(shape: tuple[int, int], benchmark: BenchmarkFixture) -> None:
    """Held to 1, 10 and 60 seconds."""
    from harness.reference import solve

    benchmark.group = "exact reference"
    answer = benchmark.pedantic(lambda: solve(tall(*shape)), rounds=1)
    assert np.isfinite(answer.coef).all()
