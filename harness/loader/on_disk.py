"""A dataset that comes block by block, made ready on disk: no more of it is ever in memory than a block.

The rows are written as they come. What scaling and the split need is found in passes over them, and unless there is
nothing to do they are written once more, scaled, the training rows apart from those kept back. The numbers are those
of `harness.datasets.base.Dataset.data`, but for ``scale = "standard"``: there the mean and the deviation are the
correctly rounded ones, which a sum in float64 may miss by its last digits.
"""

import io
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from backends.base import Array
from harness.datasets._scaling import Extent, Scaling, cast_to
from harness.datasets.base import Blocks, Data, Dataset, Decimals, Dtype, Float64, LeftOut, RowBlock, Rows, Scale, Table
from harness.errors import DatasetError
from harness.passes import Watch, steps, unwatched
from harness.units import bytes_text

BLOCK_BYTES = 1 << 23
"""Of a block's features and target in float64."""

NOT_KEPT = Decimals(None, "the data were streamed to disk, which keeps float64 and no decimals")


class GrowingArray:
    """An .npy file that rows are appended to.

    Parameters
    ----------
    path : Path
    shape : tuple of int
        Of one row; () where a row is a number.
    dtype : str
    """

    def __init__(self, path: Path, shape: tuple[int, ...], dtype: str) -> None:
        self.path = path
        self._shape, self._dtype, self._rows = shape, np.dtype(dtype), 0
        self._file = path.open("wb")
        self._file.write(self._header())

    def append(self, rows: Array) -> None:
        """Write some rows more."""
        self._rows += len(rows)
        self._file.write(np.ascontiguousarray(rows, dtype=self._dtype).data)

    def close(self) -> Array:
        """Say how many rows there are, which the header left room for, and map them."""
        with self._file as file:
            file.seek(0)
            file.write(self._header())
        if self._rows == 0:
            return np.empty((0, *self._shape), dtype=self._dtype)
        return _mapped(self.path)

    def _header(self) -> bytes:
        head = io.BytesIO()
        said = {"descr": self._dtype.str, "fortran_order": False, "shape": (self._rows, *self._shape)}
        np.lib.format.write_array_header_1_0(head, said)
        return head.getvalue()


class _Whole(NamedTuple):
    """Every row, in the data's own units, mapped."""

    X: Float64
    y: Float64
    rows: Rows


def on_disk(
    dataset: Dataset, blocks: Blocks, dtype: Dtype, files: Mapping[str, Path], watch: Watch = unwatched
) -> Data:
    """Make a dataset ready, its arrays in these files, which are mapped.

    Parameters
    ----------
    dataset : Dataset
    blocks : Blocks
        Its rows.
    dtype : {"float64", "float32"}
    files : mapping of str to Path
        For ``X``, ``y``, ``X_test`` and ``y_test``.
    watch : callable, optional
        Told how far each pass over the rows has come.

    Raises
    ------
    DatasetError
        As `harness.datasets.base.Dataset.data`, and when the disk has no room.
    """
    _check_room(dataset, files["X"].parent)
    whole = {name: path.with_suffix(".whole.npy") for name, path in files.items()}
    X, y, rows = _written(blocks, whole, dataset.expected_bytes(), watch)
    table = Table(X, y, blocks.features, blocks.target, rows=rows, facts=blocks.facts, decimals=NOT_KEPT)
    kept_back = _kept_back(dataset, len(y), files["X_test"].with_suffix(".order.npy"))
    train = _Rows(X, y, kept_back, watch)
    features, target = train.extents(dataset)
    scaling = dataset.scaling_of(features, target, table)
    if kept_back is None and not dataset.scales and dtype == "float64":
        ready = [_renamed(files[name]) for name in ("X", "y")]
    else:
        ready = _made_ready(dataset, train, scaling, dtype, (files["X"], files["y"]))
        if kept_back is not None:
            ready += _made_ready(dataset, train.others(), scaling, dtype, (files["X_test"], files["y_test"]))
    for name in ("X", "y"):
        files[name].with_suffix(".whole.npy").unlink(missing_ok=True)  # what is mapped stays for as long as that
    X_test, y_test = ready[2:] if len(ready) > 2 else (None, None)
    problem = dataset.problem_of(table, ready[0], ready[1])
    return Data(problem, X_test, y_test, scaling, table, scaled=dataset.scales)


def _made_ready(
    dataset: Dataset, rows: "_Rows", scaling: Scaling, dtype: Dtype, files: tuple[Path, Path]
) -> list[Array]:
    """Write rows as the problem has them, and map them."""
    out = [GrowingArray(path, shape, dtype) for path, shape in zip(files, rows.shapes, strict=True)]
    for block in rows.blocks("scaled rows to disk"):
        for array, part in zip(out, dataset.scaled(*block, scaling), strict=True):
            array.append(cast_to(part, dtype))
    return [array.close() for array in out]


def _check_room(dataset: Dataset, folder: Path) -> None:
    """Twice the rows, where they are written once more."""
    wanted = dataset.expected_bytes() * (2 if dataset.scales or dataset.test_size else 1)
    free = shutil.disk_usage(folder).free
    if wanted > free:
        raise DatasetError(
            f"the data take {bytes_text(wanted)} on disk, {bytes_text(free)} are free in {folder.parent}; "
            "set TMPDIR to a folder with more room"
        )


def _mapped(path: Path) -> Array:
    return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))


def _renamed(path: Path) -> Array:
    path.with_suffix(".whole.npy").rename(path)
    return _mapped(path)


def _rows_of_block(columns: int) -> int:
    return max(1, BLOCK_BYTES // (8 * (columns + 1)))


def _written(blocks: Blocks, files: Mapping[str, Path], expected: int, watch: Watch) -> _Whole:
    """Write the rows as they come, once they are found to be finite.

    Raises
    ------
    DatasetError
        When there are none, or a value is not finite.
    """
    p = len(blocks.features)
    X, y = GrowingArray(files["X"], (p,), "float64"), GrowingArray(files["y"], (), "float64")
    bad, lacking, used, dropped = np.zeros(p + 1, dtype=np.int64), Counter[str](), 0, 0
    watch("rows to disk", 0, expected)
    for block in blocks.read(_rows_of_block(p)):
        bad += _not_finite(block)
        lacking.update(block.lacking)
        used, dropped = used + len(block.y), dropped + block.dropped
        X.append(block.X)
        y.append(block.y)
        watch("rows to disk", 8 * used * (p + 1), expected)
    rows = Rows(used + dropped, used, tuple(LeftOut(*each) for each in sorted(lacking.items())))
    whole_X, whole_y = (np.asarray(array.close(), dtype=np.float64) for array in (X, y))
    if used == 0:
        lost = f" ({dropped} had a missing value)" if dropped else ""
        raise DatasetError(f"no rows left to fit{lost}; give data with at least one complete row")
    for name, count in zip((*blocks.features, blocks.target), bad.tolist(), strict=True):
        if count:
            raise DatasetError(f"column {name!r} holds {count} NaN or infinite of {used} values, wanted finite numbers")
    return _Whole(whole_X, whole_y, rows)


def _not_finite(block: RowBlock) -> NDArray[np.int64]:
    X, y = np.isfinite(block.X), np.isfinite(block.y)
    if X.all() and y.all():
        return np.zeros(X.shape[1] + 1, dtype=np.int64)
    return np.append((~X).sum(axis=0), (~y).sum()).astype(np.int64)


def _kept_back(dataset: Dataset, n: int, path: Path) -> NDArray[np.bool_] | None:
    """Which rows are kept back, the same as in memory, but shuffled on disk; None for none."""
    n_test = dataset.kept_back(n)
    if n_test == 0:
        return None
    order: NDArray[np.intp] = np.asarray(np.lib.format.open_memmap(path, "w+", np.dtype(np.intp), (n,)))
    with suppress(OSError):
        path.unlink()  # the mapping is all that is needed
    step = BLOCK_BYTES // 8
    for start in range(0, n, step):
        order[start : start + step] = np.arange(start, min(n, start + step))
    dataset.split_stream().shuffle(order)
    chosen: NDArray[np.bool_] = np.asarray(np.lib.format.open_memmap(path, "w+", np.dtype(np.bool_), (n,)))
    path.unlink()
    for start in range(0, n_test, step):
        chosen[order[start : min(n_test, start + step)]] = True
    return chosen


class _Rows:
    """Those rows that are not left out, read block by block."""

    def __init__(
        self, X: Float64, y: Float64, out: NDArray[np.bool_] | None, watch: Watch, *, inside: bool = False
    ) -> None:
        self._X, self._y, self._out, self._watch, self._inside = X, y, out, watch, inside

    @property
    def shapes(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Of a row's features, and of its target."""
        return self._X.shape[1:], ()

    def others(self) -> "_Rows":
        """Those that are."""
        return _Rows(self._X, self._y, self._out, self._watch, inside=True)

    def blocks(self, what: str) -> Iterator[tuple[Float64, Float64]]:
        """In a pass that does this."""
        p = self._X.shape[1]
        for rows in steps(what, len(self._y), _rows_of_block(p), 8 * (p + 1), self._watch):
            if self._out is None:
                yield self._X[rows], self._y[rows]
            else:
                chosen = self._out[rows] if self._inside else ~self._out[rows]
                yield self._X[rows][chosen], self._y[rows][chosen]

    def extents(self, dataset: Dataset) -> tuple[Extent, Extent]:
        """Where the features and the target lie, as far as their scaling needs it."""
        scales: tuple[Scale, Scale] = (dataset.scale, dataset.target_scale)
        if set(scales) == {"none"}:
            return Extent(np.empty(0), np.empty(0)), Extent(np.empty(0), np.empty(0))
        p = self._X.shape[1]
        low, high = np.full(p + 1, np.inf), np.full(p + 1, -np.inf)
        for X, y in self.blocks("ranges of columns"):
            if len(y):
                low = np.minimum(low, np.append(X.min(axis=0), y.min()))
                high = np.maximum(high, np.append(X.max(axis=0), y.max()))
        mean, deviation = self._moments() if "standard" in scales else (None, None)
        return (
            _part(scales[0], slice(p), low, high, mean, deviation),
            _part(scales[1], slice(p, p + 1), low, high, mean, deviation),
        )

    def _moments(self) -> tuple[Float64, Float64]:
        """Mean and deviation of each column, the target's last, correctly rounded."""
        from harness.reference.gram import exact_gram, exact_sum  # what most data do without
        from harness.reference.rounding import nearest, root

        gram = exact_sum(exact_gram(X, y) for X, y in self.blocks("exact means and deviations"))
        n, ones = gram.n_samples, len(gram.exponents) - 1
        means = [gram.value(j, ones) / n for j in range(ones)]
        variances = [gram.value(j, j) / n - mean * mean for j, mean in enumerate(means)]
        return np.array([nearest(each) for each in means]), np.array([root(each) for each in variances])


def _part(
    scale: Scale, columns: slice, low: Float64, high: Float64, mean: Float64 | None, deviation: Float64 | None
) -> Extent:
    if scale != "standard" or mean is None or deviation is None:
        return Extent(low[columns], high[columns])
    return Extent(low[columns], high[columns], mean[columns], deviation[columns])
