"""Shared by NIST's eleven linear regression datasets.

Source: National Institute of Standards and Technology, *Statistical Reference Datasets: Linear Least Squares
Regression*, https://www.itl.nist.gov/div898/strd/lls/lls.shtml. A work of the US government, in the public domain.
Each certified value is the 15 digits that NIST prints, computed there with 500 digits.
"""

import csv
import json
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from harness.datasets._certified import Certified, DecimalTable
from harness.datasets.base import Dataset, Decimals, Float64, Table

FOLDER = Path(__file__).parent / "data" / "nist"


@cache
def _record(name: str) -> dict[str, Any]:
    text = (FOLDER / "certified.json").read_text(encoding="utf-8")
    record: dict[str, Any] = json.loads(text)["datasets"][name]
    return record


def _strings(name: str) -> tuple[list[str], list[list[str]]]:
    """The header and rows of a set's file, with numbers as NIST prints them."""
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    return header, rows


def powers(x: Float64, degree: int) -> Float64:
    """The columns x, x², …, of shape (n_samples, degree); each is the one before times x, rounded once."""
    return np.multiply.accumulate(np.repeat(x[:, None], degree, axis=1), axis=1)


@dataclass(frozen=True, kw_only=True)
class NistDataset(Dataset):
    """One of NIST's sets. A subclass names it; its ``intercept`` is that of NIST's model.

    Attributes
    ----------
    nist : str
        The set's name, and that of its file.
    """

    nist: ClassVar[str]

    def load(self) -> Table:
        """Read the shipped file, each decimal rounded to the nearest float64, and form the model's columns."""
        header, rows = _strings(self.nist)
        numbers = np.array(rows, dtype=np.float64)
        X, features = numbers[:, 1:], tuple(header[1:])
        record = _record(self.nist)
        if (record["degree"] or 1) > 1:
            X = powers(X[:, 0], record["degree"])
            features = ("x", *(f"x**{k}" for k in range(2, record["degree"] + 1)))
        facts = {"model": record["model"], "level_of_difficulty": record["level_of_difficulty"]}
        return Table(
            np.ascontiguousarray(X),
            numbers[:, 0].copy(),
            features,
            header[0],
            facts=facts,
            decimals=Decimals.of(self.decimal_table),
        )

    def decimal_table(self) -> DecimalTable:
        """NIST's own data: the printed decimals, and their exact powers."""
        numbers = [[Fraction(text) for text in row] for row in _strings(self.nist)[1]]
        degree = _record(self.nist)["degree"]
        X = (row[1:] if degree is None else [row[1] ** k for k in range(1, degree + 1)] for row in numbers)
        return DecimalTable(tuple(map(tuple, X)), tuple(row[0] for row in numbers))

    def certified(self) -> Certified | None:
        """NIST's certified values; None if the options change the problem."""
        record = _record(self.nist)
        scaled = self.scale != "none" or self.scale_target not in ("same", "none")
        if scaled or self.test_size > 0 or self.l2 > 0 or self.intercept != record["intercept"]:
            return None
        values = record["certified"]
        return Certified(
            estimates=tuple(values["estimates"]),
            standard_deviations=tuple(values["standard_deviations"]),
            residual_standard_deviation=values["residual_standard_deviation"],
            residual_sum_of_squares=values["residual_sum_of_squares"],
            r_squared=values["r_squared"],
            r_squared_kind="centred" if record["intercept"] else "uncentred",
        )
