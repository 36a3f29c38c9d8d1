"""NIST's reference dataset Wampler4."""

from dataclasses import dataclass
from typing import ClassVar

from harness.datasets._nist import NistDataset


@dataclass(frozen=True, kw_only=True)
class NistWampler4(NistDataset):
    """A polynomial of degree 5: Wampler3 with 100 times the noise.

    21 rows, ``y = b0 + b1 x + … + b5 x⁵``, higher difficulty.

    Source: R. H. Wampler, *A Report on the Accuracy of Some Widely Used Least Squares Computer Programs*, Journal of
    the American Statistical Association 65 (1970), pp. 549-565.
    """

    nist: ClassVar[str] = "wampler4"
