"""PyTorch's `torch.linalg.lstsq`, on the CPU (LAPACK) and on CUDA (QR)."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal, NamedTuple

from backends._cost import householder_qr, singular_values
from backends._direct import direct_fit
from backends._stacks import Block, blocks, empty_fits
from backends._torch import Tensors, on_device, to_device
from backends.base import (
    Backend,
    Cost,
    Device,
    Fit,
    Fits,
    Library,
    Problem,
    ProblemStack,
    Suspect,
    Unsupported,
    Workload,
    option,
)


class TensorBlock(NamedTuple):
    """Problems that torch solves in one call."""

    block: Block
    X: Any
    """A torch.Tensor of shape (n_problems, n_rows, n_features)."""
    y: Any
    """A torch.Tensor of shape (n_problems, n_rows, 1)."""
    ones: Any
    """A torch.Tensor of shape (n_problems, n_rows, 1), with zeros in padding rows; None where there is no padding, or
    no intercept."""


@dataclass(frozen=True, kw_only=True)
class TorchLstsq(Backend[Tensors]):
    """Least squares with `torch.linalg.lstsq` on the design with a column of ones.

    Attributes
    ----------
    driver : {"auto", "library", "gelsd", "gelsy", "gelss", "gels"}
        The LAPACK routine. ``"auto"`` is gelsd on the CPU, and on CUDA gels, the only one there. ``"library"`` is
        torch's own choice, on the CPU gelsy; but up to torch 2.13 gelsy reads uninitialised memory (pytorch/pytorch
        issue 187411), so that its rank and answer change from call to call. gels is plain QR: it assumes full rank, and
        its answer to a rank-deficient problem means nothing. The others give the minimum-norm solution.
    rcond : float or "library"
        Singular values (gelsy: diagonal entries of R) below ``rcond`` times the largest count as zero; ``"library"``
        leaves it to torch: the machine precision times the larger dimension. gels ignores it.
    """

    devices: ClassVar[frozenset[Device]] = frozenset({"cpu", "cuda"})
    library: ClassVar[Library] = Library("torch", "torch", import_seconds=1.2)
    suspects: ClassVar[tuple[Suspect, ...]] = (
        Suspect("rcond", 0.0, "keeps every singular value"),
        Suspect("driver", "gelsy", "factorises by QR with column pivoting"),
        Suspect("driver", "gelsd", "takes the SVD by divide and conquer"),
        Suspect("driver", "gels", "factorises by QR, and cuts nothing"),
    )

    driver: Literal["auto", "library", "gelsd", "gelsy", "gelss", "gels"] = "auto"
    rcond: float | Literal["library"] = option("library", at_least=0)

    def cost(self, work: Workload) -> Cost:
        """The driver, on the design with its column of ones, copied to LAPACK's order."""
        by_svd = self._driver(cuda=work.device == "cuda") in ("gelsd", "gelss")
        return (singular_values if by_svd else householder_qr)(work, copies=1 + work.intercept)

    def prepare(self, problem: Problem, device: Device) -> Tensors:
        """Copy the arrays to the device.

        Raises
        ------
        Unsupported
            For a problem with an l2 penalty, and for a driver that CUDA does not have.
        Missing
            When torch finds no CUDA device.
        """
        self._refuse(problem, device)
        return to_device(problem, device)

    def _refuse(self, problem: Problem, device: Device) -> None:
        self.check(problem)
        if device == "cuda" and self.driver not in {"auto", "library", "gels"}:
            raise Unsupported(f"on CUDA torch has only the driver gels, got {self.driver}; use gels or the CPU")

    def solve(self, state: Tensors) -> Fit:
        """Append the ones, solve, and bring the parameters to the host."""
        import torch

        X, y, intercept = state.X, state.y, state.intercept
        A = torch.cat([X, X.new_ones(len(X), 1)], dim=1) if intercept else X
        answer = self._lstsq(A, y)
        rank = answer.rank.item() if answer.rank.numel() else None  # gels determines none
        return direct_fit(answer.solution.cpu().numpy(), intercept=intercept, rank=rank)

    def prepare_many(self, stack: ProblemStack, device: Device) -> tuple[list[TensorBlock], bool]:
        """Copy the stack to the device, as three-dimensional tensors.

        Raises
        ------
        Unsupported, Missing
            As `prepare`.
        """
        self._refuse(stack[0], device)
        prepared = []
        for block in blocks(stack):
            regular = bool((block.lengths == block.y.shape[1]).all())
            ones = on_device(block.ones(), device) if stack.intercept and not regular else None
            prepared.append(
                TensorBlock(block, on_device(block.X, device), on_device(block.y[:, :, None], device), ones)
            )
        return prepared, stack.intercept

    def solve_many(self, state: tuple[list[TensorBlock], bool]) -> Fits:
        """Append the ones, and solve each block in one call, inside which torch loops over LAPACK's routine."""
        import torch

        prepared, intercept = state
        solved = []
        for block, X, y, ones in prepared:
            level = X.new_ones(*X.shape[:2], 1) if ones is None else ones
            answer = self._lstsq(torch.cat([X, level], dim=2) if intercept else X, y)
            solved.append((block.places, answer.solution[:, :, 0].cpu().numpy(), answer.rank.cpu().numpy()))
        p = prepared[0].X.shape[2]
        ranked = all(len(rank) == len(places) for places, _, rank in solved)
        fits = empty_fits(sum(len(places) for places, _, _ in solved), p, ranked=ranked)
        for places, params, rank in solved:
            fits.coef[places] = params[:, :p]
            if intercept:
                fits.intercept[places] = params[:, p]
            if fits.rank is not None:
                fits.rank[places] = rank
        return fits

    def _lstsq(self, A: Any, y: Any) -> Any:
        import torch

        rcond = None if self.rcond == "library" else self.rcond
        return torch.linalg.lstsq(A, y, rcond=rcond, driver=self._driver(cuda=A.is_cuda))

    def _driver(self, *, cuda: bool) -> str | None:
        """Torch's name of the driver; None for its own choice."""
        if self.driver == "auto":
            return "gels" if cuda else "gelsd"
        return None if self.driver == "library" else self.driver
