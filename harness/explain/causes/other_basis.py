"""Powers of a column in another basis."""

from collections.abc import Iterator

import numpy as np
from numpy.polynomial import chebyshev, legendre, polynomial

from harness.explain.candidate import Candidate, cause
from harness.explain.given import Given
from harness.explain.question import Float64, Question

REMEDY = "use the same basis in both (raw powers, here)"


@cause(place=32)
def other_basis(question: Question, _: Given) -> Iterator[Candidate]:
    """The features are powers of one column, and the numbers belong to another basis of the same polynomials."""
    if not question.intercept or not (order := _powers(question)):
        return
    x = question.X[:, order[0]]
    coef, level = question.answer
    raw = np.concatenate([[level], coef[list(order)]])
    for what, found in _bases(x, raw, question):
        changed = np.empty(len(coef))
        changed[list(order)] = found[1:]
        yield Candidate(what, changed, float(found[0]), tried=6, remedy=REMEDY)


def _powers(question: Question) -> tuple[int, ...]:
    """The columns in the order of their powers, if they are x, x², … of one of them; else empty."""
    X = question.X
    p = X.shape[1]
    for j in range(p if p > 1 else 0):
        places = []
        for k in range(1, p + 1):
            power = X[:, j] ** k
            near = [i for i in range(p) if np.allclose(X[:, i], power, rtol=1e-9, atol=0)]
            if not near:
                break
            places.append(near[0])
        if len(set(places)) == p:
            return tuple(places)
    return ()


def _bases(x: Float64, raw: Float64, question: Question) -> Iterator[tuple[str, Float64]]:
    low, high = x.min(), x.max()
    half = (high - low) / 2 or 1.0
    window = _shifted(raw, (low + high) / 2, half)
    yield "the polynomial is in powers of the column less its mean", _shifted(raw, x.mean(), 1.0)
    yield "the polynomial is in powers of the standardised column", _shifted(raw, x.mean(), x.std() or 1.0)
    yield "the polynomial is in powers of the column scaled to -1 … 1", window
    for name, converted in (("Legendre", legendre.poly2leg), ("Chebyshev", chebyshev.poly2cheb)):
        found = np.asarray(converted(window), dtype=np.float64)
        yield f"the polynomial is a sum of {name} polynomials on -1 … 1", _padded(found, raw)
    t = (x - x.mean()) / (x.std() or 1.0)
    if question.weights is not None:
        return  # no program makes polynomials orthogonal over weighted rows
    Q, R = np.linalg.qr(np.vander(t, len(raw), increasing=True))
    sign = np.sign(np.diag(R))
    fitted = (Q * sign).T @ question.y
    fitted[0] = question.y.mean()
    yield "the polynomial is a sum of orthonormal polynomials, as R's poly() makes them", fitted


def _shifted(raw: Float64, centre: float, length: float) -> Float64:
    """The coefficients in ``t`` where ``x = centre + length t``."""
    found = np.zeros(1)
    for b in raw[::-1]:
        found = polynomial.polyadd(polynomial.polymul(found, [centre, length]), [b])
    return _padded(found, raw)


def _padded(found: Float64, raw: Float64) -> Float64:
    """Padded with zeros, or cut, to the length of ``raw``."""
    return np.concatenate([found, np.zeros(len(raw))])[: len(raw)]
