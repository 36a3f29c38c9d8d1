"""Solves a problem exactly: moments without rounding, rational arithmetic, one rounding at the end.

This works whatever the size and condition number. The moments cost a few matrix products per limb of a column, the
solve about ``n_features**3`` operations on integers of some hundred digits. Beyond
`harness.reference.rational.MOST_FEATURES` features the solution is enclosed in balls about five times as precise as a
float64, whose rigorous error bound decides every rounding; so all 17 digits are correct there too.
"""

import math
from fractions import Fraction
from pathlib import Path

import numpy as np

from backends.base import Problem
from harness.kept import KeptPass, load, save
from harness.passes import Watch, unwatched
from harness.reference import record
from harness.reference.answer import ExactAnswer, Reference
from harness.reference.attainable import Attainable, attainable
from harness.reference.cache import fingerprint
from harness.reference.design import design
from harness.reference.gram import ExactGram, exact_gram
from harness.reference.inference import inference
from harness.reference.optimality import is_plausible
from harness.reference.partial_sums import form_for
from harness.reference.rational import Moments, fit_moments, known_fit
from harness.reference.rounding import nearest, to_bits
from harness.reference.spread import spread

SOLUTION_BITS = 1152
"""Precision of each coefficient that is kept: enough that its difference from an answer is known to the least
float64."""


def solve(
    problem: Problem, cache_folder: Path | None = None, *, key: str | None = None, watch: Watch = unwatched
) -> Reference:
    """The exact answer, from the cache where it was computed before.

    Parameters
    ----------
    problem : Problem
        Float32 or float64; the answer is exact for these numbers as they are.
    cache_folder : Path, optional
        Where answers are kept, and partial sums until the answer is known.
    key : str, optional
        The problem's fingerprint, where it is known.
    watch : callable, optional
        Called with the progress of each pass over the rows.
    """
    if cache_folder is None:
        return _solve(problem, watch)
    key = key or fingerprint(problem, watch)
    kept = load(cache_folder, key)
    found = None if kept is None else record.read(kept, problem)
    if found is None or not is_plausible(problem, found, watch):
        sums = KeptPass(cache_folder, f"{key}-sums", form_for(problem))
        found = _solve(problem, watch, sums)
        if sums.resumed and not is_plausible(problem, found, watch):
            found = _solve(problem, watch)
        save(cache_folder, key, record.write(found))
        sums.forget()
    return found


def moments_of(gram: ExactGram) -> Moments:
    """The moments in an exact Gram matrix."""
    return Moments.of(gram.value, n_features=len(gram.exponents) - 2, n=gram.n_samples, weight=gram.weight)


def _solve(problem: Problem, watch: Watch = unwatched, sums: KeptPass[ExactGram | None] | None = None) -> Reference:
    gram = exact_gram(problem.X, problem.y, problem.weights, watch=watch, sums=sums)
    fit = fit_moments(moments_of(gram), intercept=problem.intercept, l2=Fraction(problem.l2))
    coef = [nearest(each) for each in fit.coef]
    intercept = nearest(fit.intercept)
    about = spread(fit)
    found = inference(fit, about.variances, problem.weights) if problem.l2 == 0 else None
    full = fit.rank == fit.n_parameters
    return Reference(
        coef=np.array(coef, dtype=np.float64),
        coef_low=np.array([_low(exact, near) for exact, near in zip(fit.coef, coef, strict=True)], dtype=np.float64),
        intercept=intercept,
        intercept_low=_low(fit.intercept, intercept),
        rank=fit.rank,
        n_parameters=fit.n_parameters,
        loss=nearest(fit.residual / fit.moments.weight),
        condition=about.condition,
        standard_errors=None if found is None else found.standard_errors,
        r_squared=None if found is None else found.r_squared,
        residual_deviation=found.residual_deviation if found is not None and full else None,
        inference=found,
        attainable=attainable(design(problem, fit, about.inverse), determined=full or problem.l2 > 0, watch=watch),
        exact=ExactAnswer(
            coef=tuple(to_bits(each, SOLUTION_BITS) for each in fit.coef),
            intercept=to_bits(fit.intercept, SOLUTION_BITS),
            minimum=fit.minimum,
            residual=fit.residual,
            fitted=fit.fitted,
            total=fit.total,
            gram=gram,
        ),
    )


def attainable_with(problem: Problem, reference: Reference, data_digits: int) -> Attainable:
    """Digits that the data determine when their values carry so many significant decimal digits.

    Parameters
    ----------
    reference : Reference
        The exact answer to it.
    """
    exact = reference.exact
    gram = exact.gram or exact_gram(problem.X, problem.y, problem.weights)
    fit = known_fit(
        moments_of(gram),
        intercept=problem.intercept,
        l2=Fraction(problem.l2),
        answer=(list(exact.coef), exact.intercept),
        residual=exact.residual,
    )
    determined = reference.full_rank or problem.l2 > 0
    return attainable(design(problem, fit, None), determined=determined, data_digits=data_digits)


def _low(exact: Fraction, rounded: float) -> float:
    return nearest(exact - Fraction(rounded)) if math.isfinite(rounded) else 0.0
