"""NIST's reference dataset NoInt2."""

from dataclasses import dataclass
from typing import ClassVar

from harness.datasets._nist import NistDataset


@dataclass(frozen=True, kw_only=True)
class NistNoInt2(NistDataset):
    """Generated data for a line through the origin, near the origin (K. Eberhardt, NIST).

    3 rows, ``y = b1 x``, average difficulty.

    Attributes
    ----------
    intercept : bool
        False, as in NIST's model.
    """

    nist: ClassVar[str] = "noint2"

    intercept: bool = False
