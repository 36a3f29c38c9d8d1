"""R's `RcppArmadillo::fastLm`: Armadillo's `solve`, called from R."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from backends._engine import FOLDER, Engine
from backends._program import Package
from backends.base import Library


@dataclass(frozen=True, kw_only=True)
class RArmadillo(Engine):
    """Least squares with `RcppArmadillo::fastLm`, which hands the design matrix to `arma::solve`.

    With no more rows than parameters it is ``unsupported``: its standard errors need a degree of freedom.

    Attributes
    ----------
    method : {"fastLm", "fastLmPure"}
        With a formula, as people call it, or the bare function of a matrix, which has no R².
    """

    library: ClassVar[Library] = Library("backends._program", "R", program=True)
    package: ClassVar[Package] = Package("r-cran-rcpparmadillo", "r-rcpparmadillo")

    program: str = "Rscript"
    method: Literal["fastLm", "fastLmPure"] = "fastLm"

    def command(self) -> Sequence[str]:
        """R without a profile, an environment file or a saved session."""
        return [self.program, "--vanilla", str(FOLDER / "r_armadillo.R"), str(FOLDER)]

    def infers(self) -> bool:
        """True: it has standard errors."""
        return True
