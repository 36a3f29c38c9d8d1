"""How the answer changes with the weights of rows, for many choices of rows by one matrix product."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from harness.explain.given import Given
from harness.explain.question import Float64, Question

MOST_ROWS = 100_000


class RowSums:
    """Row-wise terms of the normal equations of the orthonormal design, whose condition number is about 1.

    Parameters
    ----------
    question : Question
        Of full rank.
    given : Given
        The numbers to compare answers with.
    """

    def __init__(self, question: Question, given: Given) -> None:
        self.Q, self.R = question.basis
        self.y = question.y
        self._first = int(question.intercept and not given.has_intercept)
        self._pad = not question.intercept and given.has_intercept

    @classmethod
    def fit_for(cls, question: Question) -> bool:
        """Whether there are rows to spare but not too many, and no weights."""
        n, p = question.X.shape
        return question.weights is None and p + 2 <= n <= MOST_ROWS and question.full_rank

    @cached_property
    def answer(self) -> Float64:
        """The answer on all rows, in the orthonormal basis."""
        return np.asarray(self.Q.T @ self.y)

    @cached_property
    def residual(self) -> Float64:
        """The residual of each row."""
        return np.asarray(self.y - self.Q @ self.answer)

    def numbers(self, changes: Float64) -> Float64:
        """The answer plus each change, in the layout of the given numbers.

        Parameters
        ----------
        changes : ndarray of shape (m, n_parameters)
        """
        return self.laid_out(np.asarray(np.linalg.solve(self.R, (self.answer + changes).T).T, dtype=np.float64))

    def laid_out(self, answers: Float64) -> Float64:
        """In the layout of the given numbers: the intercept first where one was given."""
        if self._pad:
            return np.column_stack([np.zeros(len(answers)), answers])
        return answers[:, self._first :]

    def directions(self, vectors: Float64) -> Float64:
        """Changes alone, in the layout of the given numbers."""
        return self.laid_out(np.asarray(np.linalg.solve(self.R, vectors.T).T, dtype=np.float64))

    def of_subsets(self, subsets: Sequence[np.ndarray]) -> Float64:
        """The changes with only some rows; NaN where these do not determine an answer."""
        grams = np.array([self.Q[rows].T @ self.Q[rows] for rows in subsets])
        sides = np.array([self.Q[rows].T @ self.residual[rows] for rows in subsets])
        return solve_each(grams, sides)


def solve_each(grams: Float64, sides: Float64) -> Float64:
    """Solutions of many small systems; NaN where one is singular."""
    good = np.linalg.matrix_rank(grams, tol=1e-9, hermitian=True) == grams.shape[1]
    found = np.full(sides.shape, np.nan)
    if good.any():
        found[good] = np.linalg.solve(grams[good], sides[good][..., None])[..., 0]
    return found
