"""Spark's `LinearRegression`, in a local session."""

import os
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, NamedTuple

import numpy as np

from backends.base import Backend, Device, Fit, Inference, Library, Problem

LOCAL = {
    "spark.master": "local[1]",
    "spark.ui.enabled": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.shuffle.partitions": "1",
}


class State(NamedTuple):
    """A problem as a frame that Spark keeps in memory."""

    frame: Any
    """A pyspark.sql.DataFrame. With the columns ``label``, ``features`` and, where rows have weights, ``weight``."""
    intercept: bool
    weighted: bool = False


@dataclass(frozen=True, kw_only=True)
class SparkLinear(Backend[State]):
    """Least squares with `pyspark.ml.regression.LinearRegression`, its solver ``normal``, without a penalty.

    It forms the weighted Gram matrix and its Cholesky factor; where that is singular, it turns to L-BFGS. One Java
    virtual machine serves all problems of the process, on one thread. Weights are its ``weightCol``.
    """

    library: ClassVar[Library] = Library("pyspark", "pyspark")
    takes_weights: ClassVar[bool] = True

    def prepare(self, problem: Problem, device: Device) -> State:
        """Copy the rows to Spark. A penalty is refused, because Spark's has other units."""
        from pyspark.ml.linalg import Vectors

        self.check(problem)
        weights = [] if problem.weights is None else [problem.weights.tolist()]
        rows = zip(problem.y.tolist(), map(Vectors.dense, problem.X.tolist()), *weights, strict=True)
        names = ["label", "features", "weight"][: 2 + len(weights)]
        frame = _session().createDataFrame(list(rows), names).coalesce(1).cache()
        frame.count()
        return State(frame, problem.intercept, bool(weights))

    def solve(self, state: State) -> Fit:
        """Fit, and copy the coefficients to host memory."""
        from pyspark.ml.regression import LinearRegression

        weights = {"weightCol": "weight"} if state.weighted else {}
        model = LinearRegression(solver="normal", fitIntercept=state.intercept, **weights).fit(state.frame)
        coef = np.asarray(model.coefficients.toArray(), dtype=np.float64)
        return Fit(
            coef,
            float(model.intercept),
            converged=True,
            iterations=None,
            inference=lambda: _inference(model.summary, state.intercept),
        )


def _inference(summary: Any, intercept: bool) -> Inference:
    """Spark's own summary, in which the intercept comes last."""
    errors = np.asarray(summary.coefficientStandardErrors, dtype=np.float64)
    return Inference(np.roll(errors, 1) if intercept else errors, float(summary.r2))


@cache
def _session() -> Any:
    """The one session of this process, without log messages."""
    from pyspark.sql import SparkSession

    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    builder = SparkSession.builder
    for key, value in LOCAL.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    return session
