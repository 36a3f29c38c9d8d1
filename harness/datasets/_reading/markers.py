"""The texts by which files mark missing values."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from harness.datasets._reading.decimals import is_decimal

USUAL = frozenset({
    "", "?", "-", "--", "---", ".", "..", "...", "–", "—", "na", "n/a", "n.a.", "#n/a", "#n/a n/a", "#na", "<na>",
    "nan", "-nan", "null", "none", "nil", "(null)", "nat", "missing", "1.#qnan", "-1.#qnan", "1.#ind", "-1.#ind", "\\n",
    "#value!", "#div/0!", "#ref!", "#num!",
})  # fmt: skip
"""In lower case. They include no number: -999 is a value unless the user says otherwise."""

SUSPECTS = frozenset({-99.0, -999.0, -9999.0, -99999.0, 999.0, 9999.0, 99999.0, -999.25, 1e20, -1e30})
BLANK = "blank"


class Markers:
    """The texts that mark missing values: the usual and the user's own, where numbers match in any spelling."""

    def __init__(self, own: Sequence[str]) -> None:
        self._texts = USUAL | {each.strip().lower() for each in own}
        self._numbers = [float(each) for each in own if is_decimal(each.strip())]

    def mean(self, text: str) -> bool:
        """Whether a text marks a missing value."""
        return text == "" or text.lower() in self._texts or bool(self._numbers and self._is_number(text))

    def _is_number(self, text: str) -> bool:
        return is_decimal(text) and float(text) in self._numbers

    @property
    def are_numbers(self) -> bool:
        """Whether some are numbers, so that columns of numbers must be searched for them."""
        return bool(self._numbers)

    def among(self, values: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which numbers mark missing values."""
        return np.isin(values, self._numbers)

    def blanked(self, decimals: Sequence[str]) -> Sequence[str]:
        """Decimals with ``nan`` in place of those that mark missing values."""
        return ["nan" if float(each) in self._numbers else each for each in decimals] if self._numbers else decimals

    @staticmethod
    def said(found: Sequence[str]) -> str:
        """``no value where it holds '?' (2), blank (1)``; "" where all are blank."""
        counts = Counter(text or BLANK for text in found)
        if not set(counts) - {BLANK}:
            return ""
        most = ", ".join(f"{text if text == BLANK else repr(text)} ({count})" for text, count in counts.most_common(4))
        return f"no value where it holds {most}"


def suspects(values: NDArray[np.float64]) -> str:
    """A note on a number that often marks missing values and lies far outside the others; "" if there is none."""
    known = values[np.isfinite(values)]
    for number in SUSPECTS.intersection(np.unique(known[np.isin(known, list(SUSPECTS))]).tolist()):
        rest = known[known != number]
        if len(rest) == 0:
            continue
        low, high = float(rest.min()), float(rest.max())
        far = 3 * max(high - low, abs(low), abs(high), 1e-300)
        if number < low - far / 3 or number > high + far:
            count = int(np.count_nonzero(known == number))
            ask = f'if it means no value, set missing_markers = ["{number:g}"]'
            times = f"{count} times" if count > 1 else "once"
            return f"{number:g} ({times}) is read as a number; {ask}"
    return ""
