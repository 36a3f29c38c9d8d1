"""What the backends that wrap PyTorch share: the way to a device."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from backends._weights import mean_one
from backends.base import Array, Device, Missing, Problem


class Tensors(NamedTuple):
    """A problem on a device."""

    X: Any
    """A torch.Tensor of shape (n_samples, n_features)."""
    y: Any
    """A torch.Tensor of shape (n_samples, 1)."""
    intercept: bool
    l2: float
    weights: Any = None
    """A torch.Tensor of shape (n_samples, 1), of mean 1, in X's dtype."""


def to_device(problem: Problem, device: Device) -> Tensors:
    """Copy the problem's arrays to the device, in the problem's dtype.

    Raises
    ------
    Missing
        When torch finds no CUDA device.
    """
    X, y = on_device(problem.X, device), on_device(problem.y, device)
    weights = mean_one(problem)
    own = None if weights is None else on_device(weights.astype(problem.X.dtype), device).reshape(-1, 1)
    return Tensors(X, y.reshape(-1, 1), problem.intercept, problem.l2, own)


class Streamed(NamedTuple):
    """A problem whose rows go to a device block by block, so that no more of them is in memory."""

    head: Tensors
    """The problem without a row."""
    problem: Problem
    """Its arrays may be mapped files."""
    weights: NDArray[np.float64] | None
    """Of shape (n_samples,), of mean 1."""
    device: Device
    rows: int
    """Of a block; the last one may have fewer."""

    @classmethod
    def of(cls, problem: Problem, device: Device, rows: int) -> "Streamed":
        """Nothing but an empty block goes to the device yet; raises as `to_device` does."""
        empty = Problem(problem.X[:0], problem.y[:0], problem.intercept, problem.l2)
        return cls(to_device(empty, device), problem, mean_one(problem), device, rows)

    def blocks(self) -> Iterator[Tensors]:
        """The rows, from the first to the last."""
        X, y, head = self.problem.X, self.problem.y, self.head
        for start in range(0, len(y), self.rows):
            rows = slice(start, start + self.rows)
            own = None if self.weights is None else on_device(self.weights[rows].astype(X.dtype), self.device)
            yield Tensors(
                on_device(X[rows], self.device),
                on_device(y[rows], self.device).reshape(-1, 1),
                head.intercept,
                head.l2,
                own if own is None else own.reshape(-1, 1),
            )


def on_device(array: Array, device: Device) -> Any:
    """A copy of an array on the device, as a tensor.

    Raises
    ------
    Missing
        When torch finds no CUDA device.
    """
    import torch

    if device == "cuda" and not torch.cuda.is_available():
        raise Missing(
            f"torch {torch.__version__} finds no CUDA device; run with --device cpu, "
            "or on a machine with an NVIDIA GPU and a CUDA build of torch"
        )
    return torch.tensor(array, device=device)  # copies: torch.from_numpy would share, and warn about, read-only memory
