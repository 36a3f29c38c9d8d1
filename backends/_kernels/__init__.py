"""Compiled kernels for the from-scratch solvers; the NumPy code beside this folder is their statement and fallback."""

from backends._kernels.bound import BoundProblem, bind

__all__ = ["BoundProblem", "bind"]
