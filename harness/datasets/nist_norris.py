"""NIST's reference dataset Norris."""

from dataclasses import dataclass
from typing import ClassVar

from harness.datasets._nist import NistDataset


@dataclass(frozen=True, kw_only=True)
class NistNorris(NistDataset):
    """Ozone monitors calibrated against NIST's (J. Norris, NIST): 36 rows, ``y = b0 + b1 x``, lower difficulty."""

    nist: ClassVar[str] = "norris"
