"""JAX's `jax.numpy.linalg.lstsq`: SVD compiled by XLA, on the CPU."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np

from backends._cost import singular_vectors
from backends._direct import direct_fit
from backends.base import Backend, Cost, Device, Fit, Library, Problem, Suspect, Workload, option


class State(NamedTuple):
    """A problem in JAX's arrays."""

    X: Any
    """A jax.Array of shape (n_samples, n_features)."""
    y: Any
    """A jax.Array of shape (n_samples,)."""
    intercept: bool


@dataclass(frozen=True, kw_only=True)
class JaxLstsq(Backend[State]):
    """Least squares with `jax.numpy.linalg.lstsq` on the design with a column of ones.

    JAX computes in float32 by default. For the calls of this backend alone float64 is enabled, so that a float64
    problem is solved in float64. Each new shape is compiled on its first call.

    Attributes
    ----------
    rcond : float or "library"
        Singular values below ``rcond`` times the largest count as zero; ``"library"`` leaves it to JAX: the machine
        precision times the larger dimension.
    """

    library: ClassVar[Library] = Library("jax", "jax", import_seconds=0.5)
    suspects: ClassVar[tuple[Suspect, ...]] = (Suspect("rcond", 0.0, "keeps every singular value"),)

    rcond: float | Literal["library"] = option("library", at_least=0)

    def cost(self, work: Workload) -> Cost:
        """The SVD with its vectors, of the design with its column of ones."""
        return singular_vectors(work, copies=1 + work.intercept)

    def prepare(self, problem: Problem, device: Device) -> State:
        """Put the arrays where JAX computes."""
        import jax

        self.check(problem)
        with jax.enable_x64(True):
            X, y = jax.device_put((problem.X, problem.y), jax.devices(device)[0])
            jax.block_until_ready((X, y))
        return State(X, y, problem.intercept)

    def solve(self, state: State) -> Fit:
        """Append the ones and solve; a rank-deficient problem gets its minimum-norm solution."""
        import jax
        import jax.numpy as jnp

        X, y, intercept = state
        with jax.enable_x64(True):
            A = jnp.column_stack([X, jnp.ones_like(X, shape=len(X))]) if intercept else X
            rcond = None if self.rcond == "library" else self.rcond
            params, _, rank, _ = jnp.linalg.lstsq(A, y, rcond=rcond)
            return direct_fit(np.asarray(params), intercept=intercept, rank=int(rank))
