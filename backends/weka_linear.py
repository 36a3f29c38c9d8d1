"""Weka's `LinearRegression`, in Java."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from backends._engine import FOLDER, Engine
from backends._program import Package
from backends.base import Library, Problem, Unsupported, option


@dataclass(frozen=True, kw_only=True)
class WekaLinear(Engine):
    """Least squares with Weka's `LinearRegression`, without its selection of attributes.

    It solves the normal equations with a small ridge, Weka's own default, and multiplies the ridge by ten until that
    succeeds. It always has an intercept: a line through the origin is ``unsupported``. Weights are its instances'
    weights.

    Attributes
    ----------
    ridge : float
        The number added to the diagonal of the Gram matrix. 0 is refused: with it, Weka never stops on a singular one.
    jar : str
        Weka's classes, if they are not where Debian installs them.
    """

    library: ClassVar[Library] = Library("backends._program", "Weka", program=True)
    package: ClassVar[Package] = Package("weka default-jdk-headless")
    takes_weights: ClassVar[bool] = True

    program: str = "java"
    ridge: float = option(1e-8, above=0)
    jar: str = "/usr/share/java/weka.jar"

    @classmethod
    def lack(cls) -> str | None:
        """What to install where there is no Java or no Weka."""
        return super().lack() or (None if Path(cls.jar).exists() else cls.package.advice)

    def command(self) -> Sequence[str]:
        """Java with the script, which it compiles at start."""
        return [self.program, "-XX:+UseSerialGC", "-cp", self.jar, str(FOLDER / "weka_linear.java")]

    def check(self, problem: Problem) -> None:
        """Refuse a penalty, and a line through the origin."""
        super().check(problem)
        if not problem.intercept:
            raise Unsupported("Weka's LinearRegression always has an intercept; use r_lm")
