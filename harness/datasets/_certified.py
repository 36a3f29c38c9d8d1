"""What an outside authority certifies of a least-squares fit to decimal data, and the data as it has them."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, NamedTuple


class DecimalTable(NamedTuple):
    """A problem whose printed decimals are taken as exact; any powers in it are exact too.

    Attributes
    ----------
    X : tuple of tuple of Fraction
        One tuple a row, one number a feature; no column of ones.
    y : tuple of Fraction
    """

    X: tuple[tuple[Fraction, ...], ...]
    y: tuple[Fraction, ...]


@dataclass(frozen=True)
class Certified:
    """Certified values, each the string that was published: 15 digits. `fractions.Fraction` reads them exactly.

    Attributes
    ----------
    estimates : tuple of str
        The intercept, where the model has one, then a coefficient a feature.
    standard_deviations : tuple of str
        Of the estimates, in their order.
    residual_standard_deviation : str
        ``sqrt(residual_sum_of_squares / (n_samples - n_estimates))``.
    residual_sum_of_squares : str
    r_squared : str
    r_squared_kind : {"centred", "uncentred"}
        Whether the sum of squares that the residuals are held against is about the mean of y, or about zero.
    """

    estimates: tuple[str, ...]
    standard_deviations: tuple[str, ...]
    residual_standard_deviation: str
    residual_sum_of_squares: str
    r_squared: str
    r_squared_kind: Literal["centred", "uncentred"]

    def exact_estimates(self) -> tuple[Fraction, ...]:
        """The estimates as the rational numbers that their strings are."""
        return tuple(map(Fraction, self.estimates))
