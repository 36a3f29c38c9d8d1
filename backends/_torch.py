"""What the backends that wrap PyTorch share: the way to a device."""

from typing import Any, NamedTuple

from backends._weights import mean_one
from backends.base import Array, Device, Missing, Problem


class Tensors(NamedTuple):
    """A problem on a device.

    Attributes
    ----------
    X : torch.Tensor of shape (n_samples, n_features)
    y : torch.Tensor of shape (n_samples, 1)
    intercept : bool
    l2 : float
    weights : torch.Tensor of shape (n_samples, 1) or None
        Of mean 1, in X's dtype.
    """

    X: Any
    y: Any
    intercept: bool
    l2: float
    weights: Any = None


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
