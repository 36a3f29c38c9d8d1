"""`torch_linear`: the loop of the tutorials, its options, blocks of rows and compiled loss."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backends.base import Array, Backend, Device, IterativeBackend, Missing, Problem, Unsupported
from harness.catalog import backend_class
from tests.backends.test_contract import COEF, exact, problem
from tests.backends.test_library_backends import fit, make, noisy
from tests.support.paths import SHARED

ADVERTISING = SHARED / "data/advertising.csv"


def test_torch_linear_is_the_loop_of_the_tutorials() -> None:
    torch = pytest.importorskip("torch")
    asked = exact("float32")
    with torch.random.fork_rng():
        torch.manual_seed(7)
        module = torch.nn.Linear(3, 1)
    criterion = torch.nn.MSELoss()
    optimiser = torch.optim.SGD(module.parameters(), lr=0.1)
    X, y = torch.tensor(asked.X), torch.tensor(asked.y)[:, None]
    for _ in range(25):
        optimiser.zero_grad()
        criterion(module(X), y).backward()
        optimiser.step()
    got = fit(make("torch_linear", learning_rate=0.1, epochs=25, seed=7), asked)
    np.testing.assert_array_equal(got.coef, module.weight.detach().numpy()[0])
    assert got.intercept == module.bias.item()


@pytest.mark.parametrize("seed", range(5))
def test_torch_linear_reproduces_the_published_run(seed: int) -> None:
    if not ADVERTISING.exists():
        pytest.skip("the published run's data are not here")
    table = np.genfromtxt(ADVERTISING, delimiter=",", names=True)
    x, y = ((c - c.min()) / (c.max() - c.min()) for c in (table["TV"], table["Sales"]))
    got = fit(make("torch_linear", learning_rate=0.1, epochs=1000, seed=seed), problem(x[:, None], y, "float32"))
    assert got.coef[0] == pytest.approx(0.5534069538116455, rel=0, abs=4e-6)
    assert got.intercept == pytest.approx(0.21519266068935394, rel=0, abs=4e-6)


def test_torch_linear_leaves_torch_as_it_was() -> None:
    torch = pytest.importorskip("torch")
    before, dtype = torch.get_rng_state(), torch.get_default_dtype()
    fit(make("torch_linear", epochs=3, batch_size=8), exact())
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.get_default_dtype() == dtype


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("g++") is None, reason="torch.compile needs a C++ compiler")
def test_torch_linear_compiled_takes_the_same_path() -> None:
    pytest.importorskip("torch")
    options = {"epochs": 4, "batch_size": 30, "learning_rate": 0.1}
    asked = exact(l2=0.1)
    plain, quick = (fit(make("torch_linear", compile=each, **options), asked) for each in (False, True))
    np.testing.assert_allclose(quick.coef, plain.coef, rtol=1e-12)
    assert quick.intercept == pytest.approx(plain.intercept, rel=1e-12)


def refused(monkeypatch: pytest.MonkeyPatch, words: str) -> Backend[Any]:
    """A compiled backend where torch.compile raises."""
    torch = pytest.importorskip("torch")

    def refuse(_: object) -> None:
        raise RuntimeError(words)

    monkeypatch.setattr(torch, "compile", refuse)
    return make("torch_linear", compile=True)


def test_without_a_compiler_torch_linear_is_missing_and_builds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    backend = refused(monkeypatch, "InvalidCxxCompiler: No working C++ compiler found\n\nSet TORCHDYNAMO_VERBOSE")
    backend.build()
    with pytest.raises(Missing, match=r"^torch.compile finds no C\+\+ compiler; install g\+\+, or leave out compile$"):
        backend.prepare(exact(), "cpu")


def test_what_torch_refuses_to_compile_is_unsupported_in_its_first_line(monkeypatch: pytest.MonkeyPatch) -> None:
    backend = refused(monkeypatch, "torch.compile is not supported on Python 3.99\nmore")
    with pytest.raises(Unsupported, match=r"^torch.compile refuses \(.* on Python 3.99\); leave out compile$"):
        backend.prepare(exact(), "cpu")


def test_the_loss_is_compiled_for_every_number_of_rows_in_a_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    torch, shapes = pytest.importorskip("torch"), []

    def watched(loss: Any) -> Any:
        def call(*arguments: Any) -> Any:
            shapes.append(len(arguments[2]))
            return loss(*arguments)

        return call

    monkeypatch.setattr(torch, "compile", watched)
    backend = make("torch_linear", compile=True, batch_size=30, epochs=2)
    state = backend.prepare(exact(), "cpu")
    assert (compiled_for := set(shapes)) == {30, len(exact().y) % 30}
    backend.solve(state)
    assert set(shapes) == compiled_for


def test_torch_linear_looks_at_the_loss_now_and_then() -> None:
    backend = make("torch_linear", epochs=203, learning_rate=0.01)
    assert isinstance(backend, IterativeBackend)
    asked = exact()
    looks = {s.epoch: s.loss for s in backend.path(backend.prepare(asked, "cpu")) if s.loss is not None}
    assert list(looks) == [1, 101, 201, 203]
    after_100 = fit(make("torch_linear", epochs=100, learning_rate=0.01), asked)
    residual = asked.X @ after_100.coef + after_100.intercept - asked.y
    assert looks[101] == pytest.approx(np.mean(residual**2), rel=1e-12)


@pytest.mark.parametrize("options", [{"batch_size": 10}, {"batch_size": 16, "optimiser": "adam"}, {"momentum": 0.5}])
def test_torch_linear_options_change_the_iterates_and_still_arrive(options: dict[str, Any]) -> None:
    common = {"learning_rate": 0.05, "epochs": 120}
    full = fit(make("torch_linear", **common), exact())
    got = fit(make("torch_linear", **common, **options), exact())
    assert not np.array_equal(got.coef, full.coef)
    np.testing.assert_allclose(got.coef, COEF, rtol=0, atol=1e-2)


def mapped(asked: Problem, folder: Path) -> Problem:
    """The same problem, its arrays in files."""
    arrays = []
    for name in ("X", "y"):
        np.save(folder / f"{name}.npy", getattr(asked, name))
        arrays.append(np.load(folder / f"{name}.npy", mmap_mode="r"))
    return replace(asked, X=arrays[0], y=arrays[1])


@pytest.mark.parametrize("batch_size", ["full", 7])
@pytest.mark.parametrize("further", [{}, {"l2": 0.1}, {"weights": np.arange(60.0)}])
def test_torch_linear_by_blocks_answers_the_same_from_disk_and_from_memory(
    batch_size: Any, further: dict[str, Any], tmp_path: Path
) -> None:
    asked = replace(noisy(60, 2), **further)
    backend = make("torch_linear", learning_rate=0.1, epochs=60, batch_size=batch_size, block_rows=23)
    here, there = fit(backend, asked), fit(backend, mapped(asked, tmp_path))
    np.testing.assert_array_equal(here.coef, there.coef)
    assert (here.intercept, here.converged, here.iterations) == (there.intercept, False, 60)


@pytest.mark.parametrize("further", [{}, {"l2": 0.1}, {"weights": np.arange(60.0)}])
@pytest.mark.parametrize("block_rows", [1, 23, 60, 1000])
def test_torch_linear_full_batch_is_the_same_update_whatever_the_blocks(
    block_rows: int, further: dict[str, Any]
) -> None:
    asked = replace(noisy(60, 2), **further)
    whole, blocks = (
        make("torch_linear", learning_rate=0.1, epochs=60, block_rows=rows) for rows in ("all", block_rows)
    )
    np.testing.assert_allclose(fit(blocks, asked).coef, fit(whole, asked).coef, rtol=1e-12)
    losses = [next(iter(each.path(each.prepare(asked, "cpu")))).loss for each in (whole, blocks)]  # type: ignore[attr-defined]
    assert losses[1] == pytest.approx(losses[0], rel=1e-12)


def test_torch_linear_has_a_block_on_the_device_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    from backends import _torch

    rows: list[int] = []
    moved = _torch.on_device

    def counted(array: Array, device: Device) -> Any:
        rows.append(len(array))
        return moved(array, device)

    monkeypatch.setattr(_torch, "on_device", counted)
    fit(make("torch_linear", epochs=2, block_rows=23), noisy(60, 2))
    assert rows == [0, 0, *[23, 23, 23, 23, 14, 14] * 2]


def test_torch_linear_by_blocks_that_blows_up_is_a_divergence() -> None:
    got = fit(make("torch_linear", learning_rate=100.0, epochs=200, block_rows=23), noisy(60, 2))
    assert np.isnan(got.coef).all()


def test_torch_linear_batch_of_all_rows_is_the_full_batch() -> None:
    full, batch = (fit(make("torch_linear", epochs=30, batch_size=size), exact()) for size in ("full", 100))
    np.testing.assert_allclose(batch.coef, full.coef, rtol=1e-12)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"compile": True, "block_rows": 5}, "block_rows: got 5 with compile"),
        ({"momentum": 1.0}, "momentum: got 1.0, wanted a number below 1"),
        ({"momentum": 0.9, "optimiser": "adam"}, "momentum: got 0.9 with adam, wanted 0"),
        ({"batch_size": 0}, "batch_size: got 0, wanted a number at least 1"),
        ({"learning_rate": 0}, "learning_rate: got 0, wanted a number above 0"),
        ({"epochs": 0}, "epochs: got 0, wanted a number at least 1"),
    ],
)
def test_torch_linear_options_out_of_bounds(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}"):
        backend_class("torch_linear")(**options)
