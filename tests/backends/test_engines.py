"""Engines that are not Python, where they are installed: what they are known to answer, and every option of theirs."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_type_hints

import numpy as np
import pytest

from backends._compiled_program import compiled
from backends._engine import Engine
from backends._whole import Whole
from backends.base import Backend, Fit, Missing, Problem, Unsupported
from harness.catalog import backend_class, backend_names, dataset_class
from harness.datasets.nist_anova import NistAnova
from harness.judgement.answer import digits_beside
from harness.reference import solve
from tests.support.nist import LINEAR

ENGINES = [name for name in backend_names() if issubclass(backend_class(name), Engine | Whole)]
pytestmark = pytest.mark.slow


def fit_of(name: str, asked: Problem, **options: Any) -> Fit:
    lack = backend_class(name).lack()
    if lack is not None:
        pytest.skip(f"{name} is not here; {lack}")
    kind: Any = backend_class(name)
    backend: Backend[Any] = kind(**options)
    try:
        return backend.solve(backend.prepare(asked, "cpu"))
    except Missing as error:
        pytest.skip(str(error))


def nist(name: str) -> Problem:
    return dataset_class(name)().data().problem


def estimates(fit: Fit, asked: Problem) -> np.ndarray[Any, Any]:
    return np.concatenate([[fit.intercept], fit.coef]) if asked.intercept else fit.coef


def digits(fit: Fit, asked: Problem) -> float:
    exact = solve(asked)
    truth = np.concatenate([[exact.intercept], exact.coef]) if asked.intercept else exact.coef
    found = digits_beside(estimates(fit, asked), truth)
    assert found is not None
    return found


ALIKE = {("r_eigen", "QR"), ("r_eigen", "LLT"), ("r_eigen", "LDLT"), ("r_eigen", "eigen")}
"""Choices that are left out to save time: R takes seconds to load the package, which has one function for all."""


def choices() -> Iterator[Any]:
    """Every engine with every value of its options that are words."""
    for name in ENGINES:
        for option, kind in get_type_hints(backend_class(name)).items():
            for value in get_args(kind):
                if isinstance(value, str) and (name, value) not in ALIKE:
                    yield pytest.param(name, {option: value}, id=f"{name}-{option}={value}")


def line() -> Problem:
    x = np.arange(1.0, 33.0)
    return Problem(np.column_stack([x]), 2.0 + 3.0 * x + np.tile([0.25, -0.25], 16), intercept=True)


@pytest.mark.parametrize(("name", "options"), list(choices()))
def test_every_choice_of_an_engine_fits_a_line(name: str, options: dict[str, str]) -> None:
    asked = line()
    assert digits(fit_of(name, asked, **options), asked) > 12


WEIGHED = {"octave_ols": {"method": "lscov"}}
"""How those that take weights in one way only are asked."""

ERRS_BY_WEIGHT = {"weka_linear": 7.0}
"""Digits of those that answer another question by a little: Weka adds its ridge."""


@pytest.mark.parametrize("name", [name for name in ENGINES if backend_class(name).takes_weights])
def test_weights_of_rows_are_taken_as_repetitions(name: str) -> None:
    weights = np.tile([1.0, 2.0, 5.0, 0.0], 8)
    plain = line()
    y = plain.y + np.repeat([1.0, -1.0, 0.5, -0.25], 8)
    weighted = Problem(plain.X, y, intercept=True, weights=weights)
    counts = weights.astype(np.int64)
    repeated = Problem(np.repeat(plain.X, counts, axis=0), np.repeat(y, counts), intercept=True)
    fit = fit_of(name, weighted, **WEIGHED.get(name, {}))
    assert digits(fit, repeated) > ERRS_BY_WEIGHT.get(name, 12)
    assert digits(fit, Problem(plain.X, y, intercept=True)) < 3
    if fit.inference is not None:
        wanted = solve(weighted).standard_errors
        assert wanted is not None
        np.testing.assert_allclose(fit.inference().standard_errors, wanted, rtol=1e-9)


@pytest.mark.parametrize("method", ["mldivide", "ols", "polyfit"])
def test_octave_takes_weights_by_one_method(method: str) -> None:
    asked = Problem(line().X, line().y, intercept=True, weights=np.ones(32))
    with pytest.raises(Unsupported, match="takes no weights of rows; use method='lscov'"):
        backend_class("octave_ols")(method=method).check(asked)  # type: ignore[call-arg]


@pytest.mark.parametrize("name", ENGINES)
def test_an_engine_tells_its_version_and_its_memory(name: str) -> None:
    kind = backend_class(name)
    if kind.lack() is not None:
        pytest.skip(f"{name} is not here; {kind.lack()}")
    backend = kind()
    try:
        state = backend.prepare(line(), "cpu")
    except Missing as error:
        pytest.skip(str(error))
    found = backend.versions(state)
    assert found[kind.library.distribution][0].isdigit()
    assert not backend.library.module.startswith(kind.library.distribution.lower())
    assert backend.outside_bytes(state) > 0


@pytest.mark.parametrize("name", ENGINES)
def test_a_program_that_is_not_there_says_what_to_install(name: str) -> None:
    kind: Any = backend_class(name)
    backend = kind(program="/no/such/program")
    with pytest.raises(Missing, match=r"install .*\((Debian|conda-forge)\)"):
        backend.solve(backend.prepare(line(), "cpu"))


@pytest.mark.parametrize(
    "name", [name for name in ENGINES if name not in ("weka_linear", "r_eigen", "libreoffice_linest")]
)
def test_own_clocks_are_covered(name: str) -> None:
    fit = fit_of(name, line())
    assert fit.own_seconds is None or 0 <= fit.own_seconds < 60
    assert (fit.own_seconds is None) >= backend_class(name).timed_whole


# R's lm, as certified comparisons of R report it: nine sets well, Wampler4 and 5 by the noise, and Filip not at all


R_DIGITS = {
    "nist_longley": 12, "nist_noint1": 14, "nist_noint2": 14, "nist_norris": 11, "nist_pontius": 11,
    "nist_wampler1": 9, "nist_wampler2": 12, "nist_wampler3": 9, "nist_wampler4": 7, "nist_wampler5": 5,
}  # fmt: skip


@pytest.mark.parametrize(("dataset", "least"), list(R_DIGITS.items()))
def test_r_lm_on_nist(dataset: str, least: int) -> None:
    asked = nist(dataset)
    fit = fit_of("r_lm", asked)
    assert least <= digits(fit, asked)
    assert fit.rank == asked.X.shape[1] + asked.intercept
    assert fit.inference is not None
    told = fit.inference().r_squared
    assert told is not None
    r_squared = digits_beside(told, solve(asked).r_squared)
    assert r_squared is not None
    assert r_squared > 13


def test_r_lm_drops_filips_tenth_power_at_its_own_tolerance() -> None:
    asked = nist("nist_filip")
    fit = fit_of("r_lm", asked)
    assert fit.rank == 10
    assert fit.coef[9] == 0.0
    assert np.count_nonzero(fit.coef) == 9
    assert digits(fit, asked) < 1
    assert fit.inference is not None
    assert np.isnan(fit.inference().standard_errors).tolist() == [False] * 10 + [True]


def test_r_lm_keeps_filips_tenth_power_at_a_smaller_tolerance() -> None:
    asked = nist("nist_filip")
    fit = fit_of("r_lm", asked, tol=1e-10)
    assert fit.rank == 11
    assert digits(fit, asked) > 6


# others


@pytest.mark.parametrize("dataset", LINEAR)
def test_rational_arithmetic_elsewhere_agrees_with_the_reference_to_the_last_bit(dataset: str) -> None:
    asked = nist(dataset)
    assert digits(fit_of("pari_exact", asked), asked) == 17


@pytest.mark.parametrize(
    ("name", "options"),
    [("gsl_multifit", {}), ("gretl_ols", {}), ("eigen_solve", {}), ("octave_ols", {"method": "polyfit"})],
)
def test_engines_that_fit_filip(name: str, options: dict[str, str]) -> None:
    asked = nist("nist_filip")
    assert digits(fit_of(name, asked, **options), asked) > 6


@pytest.mark.parametrize("name", ["r_lm", "r_eigen", "gretl_ols", "gsl_multifit", "pspp_regression", "gnumeric_linest"])
def test_standard_errors_stand_where_they_belong(name: str) -> None:
    rng = np.random.default_rng(11)
    X = rng.normal(size=(50, 3)) * [1.0, 10.0, 100.0]
    asked = Problem(X, X @ [1.0, 2.0, 3.0] + 5 + rng.normal(size=50), intercept=True)
    fit = fit_of(name, asked)
    assert fit.inference is not None
    exact = solve(asked)
    assert exact.standard_errors is not None
    np.testing.assert_allclose(fit.inference().standard_errors, np.array(exact.standard_errors), rtol=1e-9)
    if fit.inference().r_squared is not None:
        assert fit.inference().r_squared == pytest.approx(exact.r_squared, rel=1e-12)


SAID = {
    "r_lm": {
        "t_values", "p_values", "confidence_low", "confidence_high", "residual_deviation", "r_squared",
        "adjusted_r_squared", "f_value", "f_p_value", "log_likelihood",
    },
    "r_armadillo": {"t_values", "p_values", "residual_deviation", "r_squared", "adjusted_r_squared"},
    "gretl_ols": {"residual_deviation", "r_squared", "f_value", "log_likelihood", "aic", "bic"},
}  # fmt: skip


@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize("name", SAID)
def test_what_an_engine_says_of_its_fit_is_right_and_all_that_it_has(name: str, intercept: bool) -> None:
    rng = np.random.default_rng(11)
    X = rng.normal(size=(50, 3)) * [1.0, 10.0, 100.0]
    asked = Problem(X, X @ [0.1, 0.2, 0.003] + 5 * intercept + rng.normal(size=50), intercept=intercept)
    fit, exact = fit_of(name, asked), solve(asked).inference
    assert fit.inference is not None
    said = {key: own for key, own in fit.inference()._asdict().items() if own is not None}
    assert set(said) == SAID[name] | {"standard_errors"}
    for key, own in said.items():
        if intercept or name != "gretl_ols" or key not in ("r_squared", "f_value"):
            np.testing.assert_allclose(own, getattr(exact, key), rtol=1e-10, err_msg=key)


def test_gretl_refuses_a_target_of_zeros_by_its_own_words() -> None:
    asked = Problem(np.arange(1.0, 10.0)[:, None], np.zeros(9), intercept=True)
    with pytest.raises(Unsupported, match="all zeros"):
        fit_of("gretl_ols", asked)


def test_gretl_loses_f_and_r_squared_of_what_it_fits_to_seven_digits() -> None:
    """NIST's SmLs05: standard errors right to 11 digits, F of 0 where it is 201, and no R²."""
    asked = NistAnova(set="SmLs05").data().problem
    fit = fit_of("gretl_ols", asked)
    assert fit.inference is not None
    said = fit.inference()
    assert said.standard_errors[1] == pytest.approx((2 / 201) ** 0.5 / 10, rel=1e-9)
    assert said.f_value == 0.0
    assert said.r_squared is not None
    assert np.isnan(said.r_squared)


def test_r_names_no_number_for_a_column_that_it_drops() -> None:
    fit = fit_of("r_lm", nist("nist_filip"))
    assert fit.inference is not None
    said = fit.inference()
    for each in (said.standard_errors, said.t_values, said.p_values, said.confidence_low):
        assert each is not None
        assert np.isnan(each).tolist() == [False] * 10 + [True]


@pytest.mark.parametrize("name", ["lapack_gels", "eigen_solve", "armadillo_solve", "octave_ols"])
def test_single_precision_is_single(name: str) -> None:
    rng = np.random.default_rng(12)
    X = rng.normal(size=(40, 3)).astype(np.float32)
    y = (X @ np.array([1.1, 2.2, 3.3], np.float32) + rng.normal(size=40).astype(np.float32)).astype(np.float32)
    asked = Problem(X, y, intercept=True)
    assert 4 < digits(fit_of(name, asked), asked) < 9


def test_polyfit_declines_what_is_no_polynomial() -> None:
    kind: Any = backend_class("octave_ols")
    with pytest.raises(Unsupported, match="polyfit fits polynomials"):
        kind(method="polyfit").prepare(nist("nist_longley"), "cpu")


# the cache of compiled programs


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    if shutil.which("gcc") is None:
        pytest.skip("gcc is not here; install gcc")
    monkeypatch.setenv("LINBENCH_CACHE", str(tmp_path / "cache"))
    (tmp_path / "one.h").write_text("#define ONE 1\n")
    (tmp_path / "one.c").write_text('#include "one.h"\nint main(void) { return ONE; }\n')
    return tmp_path


def test_a_program_is_compiled_once(cache: Path) -> None:
    first = compiled("gcc", cache / "one.c", [], "install gcc")
    made = first.stat().st_mtime_ns
    assert compiled("gcc", cache / "one.c", [], "install gcc") == first
    assert first.stat().st_mtime_ns == made
    assert first.is_relative_to(cache / "cache" / "engines")


def test_a_header_that_changed_is_noticed_whatever_its_date(cache: Path) -> None:
    first = compiled("gcc", cache / "one.c", [], "install gcc")
    (cache / "one.h").write_text("#define ONE 22\n")
    os.utime(cache / "one.h", (0, 0))
    again = compiled("gcc", cache / "one.c", [], "install gcc")
    assert again == first
    assert os.waitstatus_to_exitcode(os.system(str(again))) == 22


def test_other_flags_are_another_program(cache: Path) -> None:
    assert compiled("gcc", cache / "one.c", [], "") != compiled("gcc", cache / "one.c", ["-DX"], "")


def test_what_cannot_be_compiled_names_the_header_and_the_package(cache: Path) -> None:
    (cache / "one.c").write_text("#include <no_such_header.h>\n")
    with pytest.raises(Missing, match=r"one.c cannot be compiled .*no_such_header.h.*; install libone-dev"):
        compiled("gcc", cache / "one.c", [], "install libone-dev")
