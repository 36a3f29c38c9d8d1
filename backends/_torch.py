"""Shared by the PyTorch backends: copying a problem to a device."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

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
    """A torch.Tensor of shape (n_samples, 1), with mean 1, in X's dtype; None without weights."""


def to_device(problem: Problem, device: Device) -> Tensors:
    """Copy the problem's arrays to the device, in the problem's dtype.

    Raises
    ------
    Missing
        When torch finds no CUDA device.
    """
    return _copied(replace(problem, weights=mean_one(problem)), device)


def _copied(problem: Problem, device: Device) -> Tensors:
    weights = None if problem.weights is None else problem.weights.astype(problem.X.dtype)
    y, w = (None if each is None else on_device(each, device).reshape(-1, 1) for each in (problem.y, weights))
    return Tensors(on_device(problem.X, device), y, problem.intercept, problem.l2, w)


class Streamed(NamedTuple):
    """A problem whose rows go to a device block by block, so that memory holds one block at a time."""

    head: Tensors
    """The problem without its rows."""
    problem: Problem
    """Its arrays may be mapped files; its weights have mean 1."""
    device: Device
    rows: int
    """Rows per block; the last block may have fewer."""

    @classmethod
    def of(cls, problem: Problem, device: Device, rows: int) -> "Streamed":
        """Copy nothing but an empty block yet; raises as `to_device` does."""
        problem = replace(problem, weights=mean_one(problem))
        return cls(_copied(_rows(problem, slice(0)), device), problem, device, rows)

    def blocks(self) -> Iterator[Tensors]:
        """The rows, from the first to the last."""
        for start in range(0, len(self.problem.y), self.rows):
            yield _copied(_rows(self.problem, slice(start, start + self.rows)), self.device)


def _rows(problem: Problem, rows: slice) -> Problem:
    weights = None if problem.weights is None else problem.weights[rows]
    return replace(problem, X=problem.X[rows], y=problem.y[rows], weights=weights)


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
