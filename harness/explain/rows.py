"""What the answer becomes when rows weigh more or less: one matrix product for many choices of rows."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from harness.explain.given import Given
from harness.explain.question import Float64, Question

MOST_ROWS = 100_000


class RowSums:
    """The normal equations of the orthonormal design, row by row; their condition number is about 1.

    Parameters
    ----------
    question : Question
        Of full rank.
    given : Given
        Numbers that answers are to be held against.
    """

    def __init__(self, question: Question, given: Given) -> None:
        self.Q, self.R = question.basis
        self.y = question.y
        self._first = int(question.intercept and not given.has_intercept)
        self._pad = not question.intercept and given.has_intercept

    @classmethod
    def fit_for(cls, question: Question) -> bool:
        """Whether there are rows to spare, and not too many, and each counts alike."""
        n, p = question.X.shape
        return question.weights is None and p + 2 <= n <= MOST_ROWS and question.full_rank

    @cached_property
    def answer(self) -> Float64:
        """The answer to all rows, in the orthonormal design's terms."""
        return np.asarray(self.Q.T @ self.y)

    @cached_property
    def residual(self) -> Float64:
        """Of each row."""
        return np.asarray(self.y - self.Q @ self.answer)

    def numbers(self, changes: Float64) -> Float64:
        """Answers that are the whole answer plus a change, as the numbers given are laid out.

        Parameters
        ----------
        changes : ndarray of shape (m, n_parameters)
        """
        return self.laid_out(np.asarray(np.linalg.solve(self.R, (self.answer + changes).T).T, dtype=np.float64))

    def laid_out(self, answers: Float64) -> Float64:
        """The intercept first where one was given."""
        if self._pad:
            return np.column_stack([np.zeros(len(answers)), answers])
        return answers[:, self._first :]

    def directions(self, vectors: Float64) -> Float64:
        """Changes alone, as the numbers given are laid out."""
        return self.laid_out(np.asarray(np.linalg.solve(self.R, vectors.T).T, dtype=np.float64))

    def of_subsets(self, subsets: Sequence[np.ndarray]) -> Float64:
        """Changes when only these rows are used; NaN where they do not determine an answer."""
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
