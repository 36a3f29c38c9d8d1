"""The sets that NIST certifies as regressions, and its printed digits; its other sets are options of a dataset."""

import math
from decimal import Decimal
from fractions import Fraction

from harness.catalog import dataset_class, dataset_names
from harness.datasets._nist import NistDataset

LINEAR = [name for name in dataset_names() if name.startswith("nist_") and issubclass(dataset_class(name), NistDataset)]


def agrees(value: float | None, text: str) -> bool:
    """Whether 15 printed digits and a float64 are roundings of one number."""
    assert value is not None
    printed = Decimal(text)
    unit = Fraction(10) ** (printed.adjusted() - 14) if printed else Fraction(0)
    return abs(Fraction(value) - Fraction(text)) <= unit / 2 + Fraction(math.ulp(value)) / 2
