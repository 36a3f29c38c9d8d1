"""An engine over a program of ours, which keeps to the protocol or breaks it."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from backends._engine import Engine
from backends._program import Package
from backends.base import Library

FAKE = Path(__file__).with_name("fake_program.py")
PACKAGE = Package("fake-bin", "fake")


@dataclass(frozen=True, kw_only=True)
class Fake(Engine):
    """A program of ours.

    Attributes
    ----------
    mode : str
        How it behaves.
    """

    library: ClassVar[Library] = Library("backends._program", "Fake", program=True)
    package: ClassVar[Package] = PACKAGE

    program: str = sys.executable
    mode: str = "honest"

    def command(self) -> Sequence[str]:
        return [self.program, "-S", str(FAKE), self.mode]

    def infers(self) -> bool:
        return True
