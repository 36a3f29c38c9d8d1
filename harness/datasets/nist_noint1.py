"""NIST's reference dataset NoInt1."""

from dataclasses import dataclass
from typing import ClassVar

from harness.datasets._nist import NistDataset


@dataclass(frozen=True, kw_only=True)
class NistNoInt1(NistDataset):
    """Generated data for a line through the origin, far from the origin (K. Eberhardt, NIST).

    11 rows, ``y = b1 x``, average difficulty.

    Attributes
    ----------
    intercept : bool
        False, as in NIST's model.
    """

    nist: ClassVar[str] = "noint1"

    intercept: bool = False
