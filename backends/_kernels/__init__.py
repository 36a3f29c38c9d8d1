"""Compiled kernels for the from-scratch solvers; the NumPy code beside this folder is their statement and fallback."""

from backends._kernels.bound import BoundProblem, bind
from backends._kernels.bound_stack import BoundStack, bind_stack

__all__ = ["BoundProblem", "BoundStack", "bind", "bind_stack"]
