"""NIST's reference dataset Filip."""

from dataclasses import dataclass
from typing import ClassVar

from harness.datasets._nist import NistDataset


@dataclass(frozen=True, kw_only=True)
class NistFilip(NistDataset):
    """A polynomial of degree 10, the hardest of the sets (A. Filippelli, NIST).

    82 rows, ``y = b0 + b1 x + … + b10 x¹⁰``, higher difficulty.
    """

    nist: ClassVar[str] = "filip"
