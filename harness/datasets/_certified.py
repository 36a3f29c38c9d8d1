"""Certified values of a least-squares fit to decimal data, and the data that they are for."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, NamedTuple


class DecimalTable(NamedTuple):
    """A problem whose printed decimals count as exact; powers of them are exact too."""

    X: tuple[tuple[Fraction, ...], ...]
    """One tuple per row, one number per feature; no column of ones."""
    y: tuple[Fraction, ...]


@dataclass(frozen=True)
class Certified:
    """Certified values as published: strings of 15 digits, which `fractions.Fraction` reads exactly."""

    estimates: tuple[str, ...]
    """The intercept, if the model has one, then one coefficient per feature."""
    standard_deviations: tuple[str, ...]
    """Of the estimates, in their order."""
    residual_standard_deviation: str
    """``sqrt(residual_sum_of_squares / (n_samples - n_estimates))``."""
    residual_sum_of_squares: str
    r_squared: str
    r_squared_kind: Literal["centred", "uncentred"]
    """Whether the total sum of squares is about the mean of y, or about zero."""

    def exact_estimates(self) -> tuple[Fraction, ...]:
        """The estimates as exact rational numbers."""
        return tuple(map(Fraction, self.estimates))
