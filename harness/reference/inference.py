"""Statistics of an exact fit, each number rounded once: standard errors, t, p, intervals, R², F, likelihood.

Square roots, logarithms and incomplete beta functions are enclosed in balls (Arb) that are narrower than the spacing of
float64, so that each number is correctly rounded. The p-value of t with ν degrees of freedom is
``I_x(ν/2, 1/2)`` with ``x = ν/(ν + t²)``, that of F with (m, ν) is ``I_x(ν/2, m/2)`` with ``x = ν/(ν + m F)``
(M. Abramowitz, I. Stegun, "Handbook of Mathematical Functions", 1964, 26.5.27 and 26.5.28).
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Literal

import flint
import numpy as np
from numpy.typing import NDArray

from harness.reference.rational import RationalFit, spans_constant
from harness.reference.rounding import nearest, nearest_of_ball, root

CONFIDENCE = Fraction(95, 100)
"""Confidence level of the limits."""

BITS = 160
"""Precision of the balls; a variance is known to 128 bits."""

VARIANCE_BITS = 120

ENOUGH_BITS = 120
"""Of a p-value computed from the other tail: 64 bits decide its rounding, and t² may cost the rest."""

DECIDING_BITS = 80
"""Bits that a tail must have; with fewer it is computed again."""

UNDERFLOW = -1100
"""An exponent of two far below the least float64's."""

LARGE = 64
"""First parameter of an incomplete beta function from which its series is slow near x = 1."""

NEAR_1 = 0.75
"""The x from which the other tail is computed instead; below it, that takes Arb seconds, or loses every bit."""


@dataclass(frozen=True)
class ExactInference:
    """Statistics of an exact fit without a penalty. None stands for what the problem leaves undefined."""

    degrees_of_freedom: int
    """Of the residuals: ``n_samples - rank``; rows of weight 0 do not count."""
    model_degrees_of_freedom: int
    """``rank``, less 1 where R² is about the mean."""
    standard_errors: tuple[float, ...] | None
    t_values: tuple[float, ...] | None
    p_values: tuple[float, ...] | None
    confidence_low: tuple[float, ...] | None
    confidence_high: tuple[float, ...] | None
    """``standard_errors`` to ``confidence_high``: the intercept's first, where there is one; p two-sided, limits of 95
    %. None without full rank or a degree of freedom; all but the standard errors are None, too, where the residuals are
    0."""
    residual_deviation: float | None
    """The root of the residual sum of squares over its degrees of freedom."""
    r_squared: float | None
    adjusted_r_squared: float | None
    """``r_squared`` and ``adjusted_r_squared``: None where the target does not vary."""
    r_squared_about: Literal["mean", "zero"]
    """Whether the target's sum of squares is about its mean: it is where the columns span the constant, with an
    intercept or without (all dummies of a factor, for example)."""
    f_value: float | None
    f_p_value: float | None
    """``f_value`` and ``f_p_value``: of the test that all coefficients but the constant's are 0. None where the
    residuals are 0."""
    log_likelihood: float | None
    aic: float | None
    bic: float | None
    """``log_likelihood`` to ``bic``: for normal errors with the maximum-likelihood variance, ``RSS/n`` over the row's
    weight. AIC and BIC count ``rank`` parameters, as statsmodels does (R counts the variance as one more). None where
    the residuals are 0."""


def inference(
    fit: RationalFit, variances: Sequence[Fraction] | None, weights: NDArray[np.float64] | None = None
) -> ExactInference:
    """The statistics of a fit without a penalty.

    Weights mean what they do in R's ``lm`` and statsmodels' ``WLS``: a row's error has variance σ² over its weight, and
    observations are the rows of positive weight, not the sum of the weights.

    Parameters
    ----------
    variances : sequence of Fraction or None
        Squared standard errors to 120 bits or more, the intercept's first; None where there are none.
    weights : ndarray of shape (n_samples,), optional
        Those of the fit's moments.
    """
    m, freedom = fit.moments, fit.moments.n - fit.rank
    constant = fit.has_intercept or spans_constant(m, fit.rank)
    total = m.yy - m.y * m.y / m.weight if constant else m.yy
    model = fit.rank - constant
    variance = fit.residual / freedom if freedom > 0 else None
    with flint.ctx.workprec(BITS):
        errors = None if variances is None else tuple(root(each) for each in variances)
        t, p, low, high = _of_coefficients(fit, variances, freedom)
        f, f_p = _f(fit.residual, total, model, freedom)
        likelihood, aic, bic = _likelihood(fit.residual, m.n, fit.rank, _log_product(weights))
    ratio = fit.residual / total if total else None
    return ExactInference(
        degrees_of_freedom=freedom,
        model_degrees_of_freedom=model,
        standard_errors=errors,
        t_values=t,
        p_values=p,
        confidence_low=low,
        confidence_high=high,
        residual_deviation=None if variance is None else root(variance),
        r_squared=None if ratio is None else nearest(1 - ratio),
        adjusted_r_squared=None
        if ratio is None or freedom <= 0
        else nearest(1 - Fraction(m.n - constant, freedom) * ratio),
        r_squared_about="mean" if constant else "zero",
        f_value=f,
        f_p_value=f_p,
        log_likelihood=likelihood,
        aic=aic,
        bic=bic,
    )


_Column = tuple[float, ...] | None


def _of_coefficients(
    fit: RationalFit, variances: Sequence[Fraction] | None, freedom: int
) -> tuple[_Column, _Column, _Column, _Column]:
    if variances is None or fit.residual == 0:
        return None, None, None, None
    estimates = [fit.intercept, *fit.coef] if fit.has_intercept else fit.coef
    quantile = _quantile(freedom)
    rows = [_of_one(_ball(b), _variance(v), freedom, quantile) for b, v in zip(estimates, variances, strict=True)]
    t, p, low, high = (tuple(column) for column in zip(*rows, strict=True)) if rows else ((),) * 4
    return t, p, low, high


def _of_one(b: flint.arb, variance: flint.arb, freedom: int, quantile: flint.arb) -> tuple[float, float, float, float]:
    error = variance.sqrt()
    reach = quantile * error
    t_square = b * b / variance
    p = _two_sided(t_square.mid(), freedom)
    # effect of the variance's error on p: |t dp/dt| / p is at most 1 + t² and at most ν + 1
    doubt = min(1 + t_square.mid(), flint.arb(freedom + 1)) * p * flint.arb(2) ** -VARIANCE_BITS
    return _rounded(b / error), _rounded(flint.arb(p, doubt.abs_upper())), _rounded(b - reach), _rounded(b + reach)


def _two_sided(t_square: flint.arb, freedom: int) -> flint.arb:
    """The p of an exact t²."""

    def shares() -> tuple[flint.arb, flint.arb]:
        whole = freedom + t_square
        return freedom / whole, t_square / whole

    return _tail(shares, Fraction(freedom, 2), Fraction(1, 2))


def _tail(shares: Callable[[], tuple[flint.arb, flint.arb]], a: Fraction, b: Fraction) -> flint.arb:
    """``I_x(a, b)``, enclosed; ``shares`` gives x and 1 - x at the precision in force.

    It is at most ``x^a (1-x)^min(b-1, 0) / (a B(a, b))``. Where that is below the least float64, it is not computed.
    Where x is near 1 and a is large, the other tail converges faster, with extra bits for the cancellation.
    """
    x, y = shares()
    alpha, beta = _ball(a), _ball(b)
    if x.is_zero() or y.is_zero():
        return flint.arb(0 if x.is_zero() else 1)
    size = alpha * x.log() + min(beta - 1, flint.arb(0)) * y.log() - alpha.log()
    size += (alpha + beta).lgamma() - alpha.lgamma() - beta.lgamma()
    bits = float((size / flint.arb.const_log2()).mid())
    if bits < UNDERFLOW:
        return flint.arb(0, flint.arb(2) ** UNDERFLOW)
    if a >= LARGE and x >= NEAR_1:
        with flint.ctx.workprec(ENOUGH_BITS + int(max(0.0, -bits))):
            _, y = shares()
            found = 1 - y.beta_lower(_ball(b), _ball(a), 1)
        if found.rel_accuracy_bits() >= DECIDING_BITS:
            return found
    return _near_tail(shares, a, b)


def _near_tail(shares: Callable[[], tuple[flint.arb, flint.arb]], a: Fraction, b: Fraction) -> flint.arb:
    """``I_x(a, b)`` from x itself, at up to 16 times the precision in force, until it has `DECIDING_BITS`."""
    for doubled in range(5):
        with flint.ctx.workprec(flint.ctx.prec << doubled):
            x, _ = shares()
            found = x.beta_lower(_ball(a), _ball(b), 1)
        if found.rel_accuracy_bits() >= DECIDING_BITS:
            break
    return found


@cache
def _quantile(freedom: int) -> flint.arb:
    """The t whose two-sided p is ``1 - CONFIDENCE``, with a proven bound.

    Newton's method on log p, which is nearly linear in log t; then p on either side of the result proves that the root
    lies between.
    """
    with flint.ctx.workprec(BITS + 32):
        wanted, nu = _ball(1 - CONFIDENCE), flint.arb(freedom)
        scale = ((nu + 1) / 2).gamma() if freedom < 300 else ((nu + 1) / 2).lgamma().exp()
        density_at_0 = scale / ((nu / 2).lgamma().exp() * (nu * flint.arb.pi()).sqrt())
        t = flint.arb(12.7 if freedom == 1 else 1.96 + 2.4 / (freedom - 0.8))
        for _ in range(40):
            p = _two_sided(t * t, freedom)
            density = density_at_0 * (-(nu + 1) / 2 * (t * t / nu).log1p()).exp()
            t = (t * ((p / wanted).log() * p / (2 * density * t)).exp()).mid()
            if abs(p - wanted) < flint.arb(2) ** (16 - BITS):
                break
        for bits in range(BITS - 24, 60, -8):
            step = t * flint.arb(2) ** -bits
            if _two_sided((t - step) ** 2, freedom) > wanted > _two_sided((t + step) ** 2, freedom):
                return flint.arb(t, step.abs_upper())
    raise ArithmeticError(f"the quantile of t with {freedom} degrees of freedom could not be enclosed")


def _f(residual: Fraction, total: Fraction, model: int, freedom: int) -> tuple[float | None, float | None]:
    if model <= 0 or freedom <= 0 or residual == 0:
        return None, None
    value = (total - residual) / model / (residual / freedom)

    def shares() -> tuple[flint.arb, flint.arb]:
        return _ball(residual) / _ball(total), _ball(total - residual) / _ball(total)

    return nearest(value), _rounded(_tail(shares, Fraction(freedom, 2), Fraction(model, 2)))


def _likelihood(
    residual: Fraction, n: int, parameters: int, log_weights: flint.arb
) -> tuple[float | None, float | None, float | None]:
    if residual == 0:
        return None, None, None
    twice = log_weights - n * ((2 * flint.arb.pi() * _ball(residual / n)).log() + 1)
    return _rounded(twice / 2), _rounded(2 * parameters - twice), _rounded(flint.arb(n).log() * parameters - twice)


def _log_product(weights: NDArray[np.float64] | None) -> flint.arb:
    """The logarithm of the product of the positive weights; 0 without weights."""
    if weights is None:
        return flint.arb(0)
    values, counts = np.unique(weights[weights > 0], return_counts=True)
    with flint.ctx.workprec(2 * BITS):
        product = flint.arb(1)
        for value, count in zip(values.tolist(), counts.tolist(), strict=True):
            product *= flint.arb(value) ** count
        return product.log()


def _ball(value: Fraction) -> flint.arb:
    return flint.arb(value.numerator) / flint.arb(value.denominator)


def _variance(value: Fraction) -> flint.arb:
    """A variance as a ball with its error bound, ``2**-VARIANCE_BITS`` of it."""
    middle = _ball(value)
    return flint.arb(middle.mid(), (middle * flint.arb(2) ** -VARIANCE_BITS).abs_upper())


def _rounded(ball: flint.arb) -> float:
    """The float64 that every number of the ball rounds to; that of its midpoint where they disagree."""
    found = nearest_of_ball(ball)
    if found is not None:
        return found + 0.0  # no -0.0: a ball about a p that underflows may reach below 0
    middle = nearest_of_ball(ball.mid()) if ball.is_finite() else None
    return math.nan if middle is None else middle
