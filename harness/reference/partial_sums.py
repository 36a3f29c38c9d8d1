"""How partial exact sums are saved during a long pass, beside the exact answers or beside the rows."""

from backends.base import Problem
from harness.kept import Form
from harness.reference.gram import ExactGram
from harness.reference.record import plain_gram, read_gram


def form_of(columns: int, *, fewer: bool = False) -> Form[ExactGram | None]:
    """The form of sums over so many columns, that of ones included.

    Parameters
    ----------
    fewer : bool
        Whether the sums may count fewer rows, because those of weight 0 are left out.
    """

    def read(plain: object, rows: int) -> ExactGram | None:
        found = read_gram(plain, columns)
        if found is None or found.n_samples > rows or (found.n_samples < rows and not fewer):
            return None
        return found

    return Form(lambda gram: None if gram is None else plain_gram(gram), read)


def form_for(problem: Problem) -> Form[ExactGram | None]:
    """The form of a problem's sums."""
    rows, columns = problem.X.shape
    form = form_of(columns + 2, fewer=problem.weights is not None)
    return Form(form.write, lambda plain, done: form.read(plain, done) if done <= rows else None)
