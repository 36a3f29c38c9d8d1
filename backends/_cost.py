"""The cost of textbook methods: floating-point operations, and bytes to and from main memory.

Operations are leading terms from G. H. Golub, C. F. Van Loan, "Matrix Computations", 4th ed., Johns Hopkins 2013:
normal equations section 5.3.2, Householder QR 5.3.3, bidiagonalisation 5.4, the SVD 8.6. An addition and a
multiplication count one each. There are n rows and p parameters; the intercept counts as one, whether for a column of
ones or for centring.

Bytes are the least that the method must move when A, of shape (n, p), fits no cache and matrices of shape (p, p) do:
each pass reads A and y once.
"""

from backends.base import Cost, Workload


def passes(work: Workload, over: float, *, copies: int = 0) -> float:
    """Bytes of ``over`` passes over A and y, and of copies of them, each of them read once and written once."""
    return (over + 2 * copies) * work.n * (work.p + 1) * work.itemsize


def gram(work: Workload, *, copies: int = 0) -> Cost:
    """One triangle of ``AᵀA``, and ``Aᵀy``, in one pass: ``n p²``."""
    return Cost(float(work.n * work.p**2), passes(work, 1, copies=copies))


def normal_equations(work: Workload, *, copies: int = 0) -> Cost:
    """The Gram matrix and its Cholesky factor: ``n p² + p³/3``, section 5.3.2."""
    return gram(work, copies=copies) + Cost(work.p**3 / 3, 0.0)


def householder_qr(work: Workload, *, copies: int = 0) -> Cost:
    """QR in place, which never forms Q: ``2 n p² - 2 p³/3``, section 5.3.3; pivoting is of lower order.

    With fewer rows than parameters it is the QR of the transpose.
    """
    m, k = _tall(work)
    return Cost(2 * m * k**2 - 2 * k**3 / 3, passes(work, 2, copies=copies))


def explicit_qr(work: Workload, *, copies: int = 0) -> Cost:
    """QR in place, then Q in its place, then ``Qᵀy``: twice the work of `householder_qr`."""
    return Cost(2 * householder_qr(work).flops, passes(work, 5, copies=copies))


def singular_values(work: Workload, *, copies: int = 0) -> Cost:
    """The SVD without stored vectors, its transformations applied to y on the way, as in LAPACK's gelsd and gelss.

    By bidiagonalisation, section 5.4 (the rest is of lower order): ``4 n p² - 4 p³/3``, or after a QR ``2 n p² + 2
    p³``, which is less from 5/3 as many rows as parameters.
    """
    m, k = _tall(work)
    return Cost(min(4 * m * k**2 - 4 * k**3 / 3, 2.0 * m * k**2 + 2 * k**3), passes(work, 2, copies=copies))


def singular_vectors(work: Workload, *, copies: int = 0) -> Cost:
    """The SVD after a QR, with the vectors of both sides, the left ones of A's shape: ``6 n p² + 20 p³``."""
    m, k = _tall(work)
    return Cost(6.0 * m * k**2 + 20 * k**3, passes(work, 4, copies=copies))


def pseudo_inverse(work: Workload, *, copies: int = 0) -> Cost:
    """The pseudo-inverse from the SVD, written out and multiplied by y: ``2 n p²`` more than `singular_vectors`."""
    m, k = _tall(work)
    return singular_vectors(work, copies=copies) + Cost(2.0 * m * k**2, passes(work, 3))


def descent(work: Workload, *, over: float = 1) -> Cost:
    """Residuals ``A b - y`` and their product with A, per epoch: ``4 n p``.

    Parameters
    ----------
    over : float
        Passes over A per epoch.
    """
    return Cost(4.0 * work.n * work.p, passes(work, over)) * work.iterations


def _tall(work: Workload) -> tuple[int, int]:
    return max(work.n, work.p), min(work.n, work.p)
