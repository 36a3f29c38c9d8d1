"""Compiled kernels for the from-scratch solvers; the NumPy code beside this folder is their statement and fallback."""

from backends._kernels.bound import BoundProblem, bind
from backends._kernels.bound_exact import BoundExact, bind_exact

__all__ = ["BoundExact", "BoundProblem", "bind", "bind_exact"]
