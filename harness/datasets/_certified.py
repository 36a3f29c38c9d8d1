"""What an outside authority certifies of a least-squares fit to decimal data, and the data as it has them."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, NamedTuple


class DecimalTable(NamedTuple):
    """A problem whose printed decimals are taken as exact; any powers in it are exact too."""

    X: tuple[tuple[Fraction, ...], ...]
    """One tuple a row, one number a feature; no column of ones."""
    y: tuple[Fraction, ...]


@dataclass(frozen=True)
class Certified:
    """Certified values, each the string that was published: 15 digits. `fractions.Fraction` reads them exactly."""

    estimates: tuple[str, ...]
    """The intercept, where the model has one, then a coefficient a feature."""
    standard_deviations: tuple[str, ...]
    """Of the estimates, in their order."""
    residual_standard_deviation: str
    """``sqrt(residual_sum_of_squares / (n_samples - n_estimates))``."""
    residual_sum_of_squares: str
    r_squared: str
    r_squared_kind: Literal["centred", "uncentred"]
    """Whether the sum of squares that the residuals are held against is about the mean of y, or about zero."""

    def exact_estimates(self) -> tuple[Fraction, ...]:
        """The estimates as the rational numbers that their strings are."""
        return tuple(map(Fraction, self.estimates))
