"""NIST's reference dataset Longley."""

from dataclasses import dataclass
from typing import ClassVar

from harness.datasets._nist import NistDataset


@dataclass(frozen=True, kw_only=True)
class NistLongley(NistDataset):
    """US employment and six collinear economic series, 1947 to 1962.

    16 rows, ``y = b0 + b1 x1 + … + b6 x6``, higher difficulty.

    Source: J. W. Longley, *An Appraisal of Least Squares Programs for the Electronic Computer from the Point of View of
    the User*, Journal of the American Statistical Association 62 (1967), pp. 819-841. The features are the price
    deflator, the gross national product, the unemployed, the armed forces, the population and the year.
    """

    nist: ClassVar[str] = "longley"
