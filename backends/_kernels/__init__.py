"""Compiled kernels for the from-scratch solvers; the NumPy code in `backends` is their specification and fallback."""

from backends._kernels.bound import BoundProblem, bind
from backends._kernels.bound_embedding import BoundEmbedding, bind_embedding
from backends._kernels.bound_exact import BoundExact, bind_exact
from backends._kernels.bound_stack import BoundStack, bind_stack

__all__ = [
    "BoundEmbedding",
    "BoundExact",
    "BoundProblem",
    "BoundStack",
    "bind",
    "bind_embedding",
    "bind_exact",
    "bind_stack",
]
