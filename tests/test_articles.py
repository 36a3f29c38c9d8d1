"""The five articles' experiments, through the real command: what they printed, and what is true."""

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Linbench
from tests.support.paths import ROOT, SHARED

SUITES = ROOT / "configs/articles"
WEATHER = SHARED / "data/weather_ww2.csv.gz"
EXACT = ("scratch_ols", "statsmodels_ols", "sklearn_ols")


def run(linbench: Linbench, name: str) -> list[dict[str, Any]]:
    done = linbench("run", SUITES / f"{name}.toml", "--format", "json")
    assert done.code == 0, done.err
    rows: list[dict[str, Any]] = done.json()["rows"]
    return rows


def answer(row: dict[str, Any]) -> list[float]:
    return [row["intercept"], *row["coef"]]


def of(rows: list[dict[str, Any]], backend: str, **options: Any) -> dict[str, Any]:
    (found,) = [
        row for row in rows if row["backend"] == backend and all(row["options"][k] == v for k, v in options.items())
    ]
    return found


def test_advertising(linbench: Linbench) -> None:
    rows = run(linbench, "advertising")
    for row in (row for row in rows if row["backend"] in EXACT):
        assert answer(row) == pytest.approx([0.21519170068625232, 0.5534088415765329], rel=1e-14)
        assert row["digits"] > 14
        assert row["coef_original"] == pytest.approx([0.047536640433019744], rel=1e-13)
        assert row["intercept_original"] == pytest.approx(7.0325935491276943, rel=1e-13)

    assert answer(of(rows, "scratch_gd", method="naive")) == [0.21519198226718594, 0.5534083104180343]

    torch = [answer(row) for row in rows if row["backend"] == "torch_linear"]
    assert len(torch) == 3
    articles_own = [0.21519266068935394, 0.5534069538116455]
    for each in torch:
        assert each == pytest.approx([0.21519170068625232, 0.5534088415765329], abs=3e-6)
    assert sum(each == articles_own for each in torch) >= 2

    as_published = of(rows, "sklearn_sgd", tol="none")
    assert answer(as_published) == pytest.approx([0.21555094152403473, 0.5526580223168277], abs=2e-3)
    assert as_published["status"] == "not_converged"
    as_today = of(rows, "sklearn_sgd", tol=1e-3)
    assert answer(as_today) == pytest.approx([0.35, 0.29], abs=0.01)
    assert as_today["status"] == "ok", "it calls that converged"
    assert as_today["digits"] < 1


def test_house_price(linbench: Linbench) -> None:
    rows = run(linbench, "house_price")
    exact = of(rows, "scratch_ols")["intercept"]
    short = of(rows, "scratch_gd", epochs=2000, learning_rate=0.001)
    assert short["status"] == "not_converged"
    assert 0.015 < 1 - short["intercept"] / exact < 0.025
    assert of(rows, "scratch_gd", epochs=20_000)["digits"] >= 6
    wild = of(rows, "scratch_gd", learning_rate=1.0)
    assert wild["status"] == "diverged"
    assert "lower learning_rate" in wild["reason"]
    assert wild["iterations"] < 100, "noticed early"


def test_pi_line(linbench: Linbench) -> None:
    rows = run(linbench, "pi_line")
    exact = answer(of(rows, "scratch_ols"))
    ways = [answer(of(rows, "scratch_gd", epochs=epochs)) for epochs in (500, 2500, 10_000)]
    for parameter in (0, 1):
        away = [abs(way[parameter] - exact[parameter]) for way in ways]
        assert away == sorted(away, reverse=True)
        assert away[-1] < 0.005 < away[0]


def test_make_regression(linbench: Linbench) -> None:
    rows = run(linbench, "make_regression")
    exact = of(rows, "scratch_ols")
    assert exact["digits"] > 15
    assert of(rows, "scratch_gd")["coef"] == pytest.approx(exact["coef"], rel=0.03)
    assert all(row["intercept"] == 0 and row["loss_test"] > 0 for row in rows)


@pytest.mark.skipif(not WEATHER.is_file(), reason="the weather data are not shipped: their licence is not stated")
def test_weather(linbench: Linbench, tmp_path: Path) -> None:
    (tmp_path / "weather_ww2.csv.gz").write_bytes(WEATHER.read_bytes())
    rows = run(linbench, "weather")
    exact = [row for row in rows if row["backend"] in EXACT]
    assert len(exact) == 4
    for row in exact:
        assert answer(row) == pytest.approx([10.700567037461554, 0.91877423065427974], rel=1e-12)


def test_weather_without_its_file_says_where_it_can_be_had(linbench: Linbench) -> None:
    done = linbench("run", SUITES / "weather.toml", "--format", "json")
    assert done.code == 3
    assert all("kaggle" in row["reason"] for row in done.json()["rows"])


def test_nist_apart_from_rounding_and_from_certified_decimals(linbench: Linbench) -> None:
    done = linbench("run", "nist", "--only", "nist_filip*_ols", "--format", "json")
    rows = done.json()["rows"]
    ours = of(rows, "scratch_ols", method="auto")
    assert ours["digits"] == 17
    assert 7.5 < ours["certified_digits"] < 8.0, "rounding the powers has cost these digits before anyone was asked"


def test_standard_errors_beside_the_exact_ones(linbench: Linbench) -> None:
    rows = linbench("run", "nist", "--only", "nist_longley/s*_ols/", "--format", "json").json()["rows"]
    statsmodels, ours = of(rows, "statsmodels_ols"), of(rows, "scratch_ols")
    assert statsmodels["exact_standard_errors"] == ours["exact_standard_errors"]
    assert statsmodels["standard_errors"] == pytest.approx(statsmodels["exact_standard_errors"], rel=1e-8)
    assert 8 < statsmodels["standard_error_digits"] < 17
    assert statsmodels["r_squared_digits"] > 12
    assert ours["standard_error_digits"] is None, "it says none"
    assert 8 < statsmodels["inference_digits"] <= statsmodels["standard_error_digits"]
    assert len(statsmodels["statistics"]["p_values"]) == 7
    assert (ours["inference_digits"], ours["statistics"]) == (None, None)


def test_where_there_is_no_gpu_cuda_cells_are_missing_and_say_so(linbench: Linbench) -> None:
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    done = linbench("run", "default", "--device", "cuda", "--format", "json")
    rows = done.json()["rows"]
    assert done.code == 4
    assert {(row["backend"], row["device"], row["status"]) for row in rows} == {("torch_linear", "cuda", "missing")}
    assert all("CUDA" in row["reason"] for row in rows)


@pytest.mark.cuda
def test_cuda_cells_run_where_there_is_a_gpu(linbench: Linbench) -> None:
    torch = pytest.importorskip("torch")
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device here")
    done = linbench("run", SUITES / "advertising.toml", "--device", "cuda", "--format", "json")
    assert done.code == 0, done.err
    for row in done.json()["rows"]:
        assert answer(row) == pytest.approx([0.21519170068625232, 0.5534088415765329], abs=4e-6)
