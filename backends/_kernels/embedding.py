"""Rows added to a sparse sign embedding; `backends._embedding.add_rows` gives the same bits.

Columns are processed in strips, narrow enough for a strip of the sketch to stay in the second-level cache.
8 n (p + 2) additions for n rows of p features; 8 n (p + 1) bytes are read once.
"""

from backends._kernels.language import Pointer, at, strict
from backends._kernels.space import Rows

STRIP = 1 << 17
"""Numbers of the sketch per strip, about: a mebibyte."""
NARROWEST = 16
"""Fewest columns of a strip: two cache lines."""


@strict
def embed(data: Rows, places: Pointer, signs: Pointer, band: int, bands: int, sketch: Pointer) -> int:
    """Add rows; the first one begins a block.

    Parameters
    ----------
    data
    places : to int64, of (n_blocks, bands, band)
    signs : of (n_blocks, bands, band)
    band, bands : int
        Rows of a band; how many bands there are.
    sketch : of (bands * band, p + intercept + 1)
    """
    n, p = data.n, data.p
    width = max(NARROWEST, STRIP // (bands * band))
    for low in range(0, p, width):
        high = min(p, low + width)
        for i in range(n):
            first = (i // band * bands) * band + i % band
            for k in range(bands):
                row = k * band + places[first + k * band]
                add_scaled(at(data.X, i * p), signs[first + k * band], low, high, at(sketch, row * stride(data)))
    add_border(data, places, signs, band, bands, sketch)
    return n


@strict
def stride(data: Rows) -> int:
    """Columns of the sketch: features, ones if there is an intercept, the target."""
    columns: int = data.p + data.intercept + 1
    return columns


@strict
def add_scaled(x: Pointer, sign: float, low: int, high: int, row: Pointer) -> None:
    """Add some columns of a row."""
    for j in range(low, high):
        row[j] += sign * x[j]


@strict
def add_border(data: Rows, places: Pointer, signs: Pointer, band: int, bands: int, sketch: Pointer) -> None:
    """Add the ones and the target."""
    p, columns = data.p, stride(data)
    for i in range(data.n):
        first = (i // band * bands) * band + i % band
        for k in range(bands):
            sign = signs[first + k * band]
            row = at(sketch, (k * band + places[first + k * band]) * columns)
            if data.intercept:
                row[p] += sign
            row[columns - 1] += sign * data.y[i]
