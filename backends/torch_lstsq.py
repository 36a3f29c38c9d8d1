"""PyTorch's `torch.linalg.lstsq`, on the CPU (LAPACK) and on CUDA (QR)."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from backends._direct import direct_fit, refuse_l2
from backends._torch import Tensors, to_device
from backends.base import Backend, Device, Fit, Library, Problem, Suspect, Unsupported, option


@dataclass(frozen=True, kw_only=True)
class TorchLstsq(Backend[Tensors]):
    """Least squares with `torch.linalg.lstsq` on the design with a column of ones.

    Attributes
    ----------
    driver : {"auto", "library", "gelsd", "gelsy", "gelss", "gels"}
        The LAPACK routine. ``"auto"`` is gelsd on the CPU and gels, the only one there, on CUDA. ``"library"`` is
        torch's own choice, which on the CPU is gelsy; but up to torch 2.13 gelsy reads memory that nobody has set
        (pytorch/pytorch issue 187411), so that its rank and its answer change from call to call. gels is plain QR: it
        takes full rank for granted, and what it says of a rank-deficient problem means nothing. The others give the
        minimum-norm solution.
    rcond : float or "library"
        Singular values (gelsy: diagonal entries of R) below ``rcond`` times the largest count as zero; ``"library"``
        leaves it to torch: the machine precision times the larger dimension. gels does not look at it.
    """

    devices: ClassVar[frozenset[Device]] = frozenset({"cpu", "cuda"})
    library: ClassVar[Library] = Library("torch", "torch")
    suspects: ClassVar[tuple[Suspect, ...]] = (
        Suspect("rcond", 0.0, "keeps every singular value"),
        Suspect("driver", "gelsy", "factorises by QR with column pivoting"),
        Suspect("driver", "gelsd", "takes the SVD by divide and conquer"),
        Suspect("driver", "gels", "factorises by QR, and cuts nothing"),
    )

    driver: Literal["auto", "library", "gelsd", "gelsy", "gelss", "gels"] = "auto"
    rcond: float | Literal["library"] = option("library", at_least=0)

    def prepare(self, problem: Problem, device: Device) -> Tensors:
        """Copy the arrays to the device.

        Raises
        ------
        Unsupported
            For a problem with an l2 penalty, and for a driver that CUDA does not have.
        Missing
            When torch finds no CUDA device.
        """
        refuse_l2(problem, "torch_lstsq")
        if device == "cuda" and self.driver not in {"auto", "library", "gels"}:
            raise Unsupported(f"on CUDA torch has only the driver gels, got {self.driver}; use gels or the CPU")
        return to_device(problem, device)

    def solve(self, state: Tensors) -> Fit:
        """Append the ones, solve, and bring the parameters to the host."""
        import torch

        X, y, intercept, _ = state
        A = torch.cat([X, X.new_ones(len(X), 1)], dim=1) if intercept else X
        rcond = None if self.rcond == "library" else self.rcond
        answer = torch.linalg.lstsq(A, y, rcond=rcond, driver=self._driver(cuda=X.is_cuda))
        rank = answer.rank.item() if answer.rank.numel() else None  # gels decides on none
        return direct_fit(answer.solution.cpu().numpy(), intercept=intercept, rank=rank)

    def _driver(self, *, cuda: bool) -> str | None:
        """What torch calls it; None is torch's own choice."""
        if self.driver == "auto":
            return "gels" if cuda else "gelsd"
        return None if self.driver == "library" else self.driver
