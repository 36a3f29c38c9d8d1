"""NIST's reference dataset Pontius."""

from dataclasses import dataclass
from typing import ClassVar

from harness.datasets._nist import NistDataset


@dataclass(frozen=True, kw_only=True)
class NistPontius(NistDataset):
    """Deflection of a load cell under its load (P. Pontius, NIST).

    40 rows, ``y = b0 + b1 x + b2 x²``, lower difficulty.
    """

    nist: ClassVar[str] = "pontius"
