"""NIST's reference datasets SmLs01 to SmLs09: analysis of variance as a regression."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from harness.datasets._by_rule import TENTH, about_0, table_of
from harness.datasets._reading.decimals import Scaled
from harness.datasets.base import Dataset, Table

TREATMENTS = 9

REPLICATES = (21, 201, 2001)
OFFSETS = (1, 10**6, 10**12)
"""Of the first, the middle and the last three sets; each has the replicates in turn."""


@dataclass(frozen=True, kw_only=True)
class NistAnova(Dataset):
    """One of the nine sets of S. D. Simon and J. P. Lesage that NIST certifies, by its rule.

    Nine treatments, regressed on ones and zeros for each but the first. The values of a treatment differ by tenths
    about its mean, which is a tenth below or above that of the first. They all share their leading digits: 1 of them in
    SmLs01 to SmLs03, 7 in SmLs04 to SmLs06, 13 in SmLs07 to SmLs09, where a float64 has three left for what differs.
    A set has 21, 201 or 2001 values for each treatment. Its F is that number, for the decimals.

    Source: S. D. Simon, J. P. Lesage, *Assessing the accuracy of ANOVA calculations in statistical software*,
    Computational Statistics & Data Analysis 8 (1989), pp. 325-332; National Institute of Standards and Technology,
    *Statistical Reference Datasets: Analysis of Variance*, https://www.itl.nist.gov/div898/strd/anova/anova.html.

    Attributes
    ----------
    set : {"SmLs01", …, "SmLs09"}
        NIST's name.
    """

    set: Literal[
        "SmLs01", "SmLs02", "SmLs03", "SmLs04", "SmLs05", "SmLs06", "SmLs07", "SmLs08", "SmLs09"
    ] = "SmLs01"  # fmt: skip

    def load(self) -> Table:
        """Count in tenths."""
        third, place = divmod(int(self.set[-1]) - 1, 3)
        leading, replicates = 10 * OFFSETS[third], REPLICATES[place]
        response = [leading + mean + each for mean in _means() for each in about_0(replicates)]
        treatment = [i for i in range(TREATMENTS) for _ in range(replicates)]
        dummies = {
            f"treatment_{i + 1}": Scaled([int(each == i) for each in treatment], Fraction(1))
            for i in range(1, TREATMENTS)
        }
        return table_of(dummies, Scaled(response, TENTH))


def _means() -> list[int]:
    """Of the treatments, in tenths beyond what all values share."""
    return [4 + each for each in about_0(TREATMENTS)]
