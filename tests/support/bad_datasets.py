"""Datasets that take their process along, or never come back."""

import ctypes
import os
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from harness.datasets.base import Dataset, Table


def _flood() -> None:
    kept = []
    while True:
        kept.append(np.ones(1 << 20))


def _forge() -> None:
    for descriptor in range(3, 20):
        try:
            os.write(descriptor, b'{"id": 1, "answer": {}}\n')
        except OSError:
            continue


def _surrogate() -> None:
    raise RuntimeError("a file called \udcff\nand more")


FAULTS: dict[str, Callable[[], object]] = {
    "segfault": lambda: ctypes.string_at(0),
    "exit 0": lambda: os._exit(0),
    "hang": lambda: time.sleep(600),
    "flood": _flood,
    "forge": _forge,
    "surrogate": _surrogate,
}


@dataclass(frozen=True, kw_only=True)
class Bad(Dataset):
    """Goes wrong while it is loaded.

    Attributes
    ----------
    fault : str
    """

    fault: str = "segfault"

    def load(self) -> Table:
        FAULTS[self.fault]()
        return Table(np.ones((3, 1)), np.ones(3), ("x",), "y")
