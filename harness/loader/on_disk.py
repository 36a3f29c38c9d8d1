"""Prepares a dataset on disk, block by block: no more than a block of it is in memory at a time.

The rows are written as they come. Passes over them compute what scaling and the split need; then, unless there is
nothing to do, the rows are written again, scaled, with the test set apart. The numbers are those of
`harness.datasets.base.Dataset.data`, except with ``scale = "standard"``: here the mean and the standard deviation are
correctly rounded, while a sum in float64 may have errors in its last digits.

The state of each pass is kept in a `Preparation`. An interrupted pass is resumed, and the files are the same to the
last bit.
"""

import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from backends.base import Array
from harness.datasets._scaling import Extent, Scaling, cast_to
from harness.datasets.base import Blocks, Data, Dataset, Decimals, Dtype, Float64, LeftOut, RowBlock, Rows, Scale, Table
from harness.errors import DatasetError
from harness.kept import Form, KeptPass, folded
from harness.loader.growing import GrowingArray, mapped
from harness.loader.preparation import Preparation
from harness.passes import Watch, steps, unwatched
from harness.units import bytes_text

T = TypeVar("T")

BLOCK_BYTES = 1 << 23
"""Size of a block's features and target in float64."""

MEMORY_SHARE = 4
"""Data of up to one part in so many of the memory are made in memory: scaling and casting need copies."""

NOT_KEPT = Decimals(None, "the data were streamed to disk, which keeps float64 and no decimals")

NOWHERE = Extent(np.empty(0), np.empty(0))


class _Whole(NamedTuple):
    """All rows, in the data's own units, mapped."""

    X: Float64
    y: Float64
    rows: Rows


def is_streamed(dataset: Dataset, where: str, memory: int) -> bool:
    """Whether rows that come in blocks are streamed to disk rather than made in memory.

    Parameters
    ----------
    where : {"auto", "memory", "disk"}
        As in `harness.config.Plan`.
    memory : int
        The plan's, in bytes.
    """
    few = where == "auto" and dataset.expected_bytes() <= memory // MEMORY_SHARE
    return not (dataset.many or where == "memory" or few)


def room_for(dataset: Dataset) -> int:
    """Bytes needed on disk: twice the rows' size, where they are written a second time."""
    return dataset.expected_bytes() * (2 if dataset.scales or dataset.test_size else 1)


def on_disk(
    dataset: Dataset,
    blocks: Blocks,
    dtype: Dtype,
    files: Mapping[str, Path],
    watch: Watch = unwatched,
    kept: Preparation | None = None,
) -> Data:
    """Prepare a dataset, with its arrays mapped from these files.

    Parameters
    ----------
    blocks : Blocks
        Its rows.
    dtype : {"float64", "float32"}
    files : mapping of str to Path
        For ``X``, ``y``, ``X_test`` and ``y_test``.
    watch : callable, optional
        Called with the progress of each pass over the rows.
    kept : Preparation, optional
        Of the same data. Once its answer is kept, `clear` the files.

    Raises
    ------
    DatasetError
        As `harness.datasets.base.Dataset.data`, and when the disk is too full.
    """
    making = _Making(dataset, dtype, files, watch, kept or Preparation())
    data = making.data(blocks)
    if kept is None:
        clear(files)
    return data


def clear(files: Mapping[str, Path]) -> None:
    """Remove the intermediate files; those that are mapped stay until they are not."""
    for path in _intermediate_files(files):
        path.unlink(missing_ok=True)


def _intermediate_files(files: Mapping[str, Path]) -> tuple[Path, Path, Path]:
    """The intermediate files: all rows' features and target, and the choice of the test set."""
    X, y = (files[name].with_suffix(".whole.npy") for name in ("X", "y"))
    return X, y, files["X_test"].with_suffix(".chosen.npy")


@dataclass(frozen=True)
class _Making:
    """The preparation of a dataset; see `on_disk`."""

    dataset: Dataset
    dtype: Dtype
    files: Mapping[str, Path]
    watch: Watch
    kept: Preparation

    def data(self, blocks: Blocks) -> Data:
        """Run it."""
        dataset, files = self.dataset, self.files
        *whole, chosen = _intermediate_files(files)
        unchanged = not dataset.scales and not dataset.test_size and self.dtype == "float64"
        self._check_room()
        X, y, rows = self._written(blocks, (files["X"], files["y"]) if unchanged else whole)
        table = Table(X, y, blocks.features, blocks.target, rows=rows, facts=blocks.facts, decimals=NOT_KEPT)
        kept_back = self._kept_back(len(y), chosen)
        train = _Rows(X, y, kept_back, self.watch)
        scaling = dataset.scaling_of(*train.extents(dataset, self.kept), table)
        if unchanged:
            return Data(dataset.problem_of(table, X, y), None, None, scaling, table)
        problem = dataset.problem_of(table, *self._made_ready("scaled rows to disk", train, scaling, ("X", "y")))
        X_test, y_test = None, None
        if kept_back is not None:
            X_test, y_test = self._made_ready("test rows to disk", train.others(), scaling, ("X_test", "y_test"))
        return Data(problem, X_test, y_test, scaling, table, scaled=dataset.scales)

    def _check_room(self) -> None:
        """Check that the disk has room for the rest of the files.

        Raises
        ------
        DatasetError
            When it does not.
        """
        folder = self.files["X"].parent
        there = sum(
            path.stat().st_size for path in (*self.files.values(), *_intermediate_files(self.files)) if path.exists()
        )
        wanted, free = room_for(self.dataset) - there, shutil.disk_usage(folder).free
        if wanted > free:
            raise DatasetError(
                f"the data take {bytes_text(wanted)} on disk, {bytes_text(free)} are free in {folder.parent}; "
                "set TMPDIR to a folder with more room"
            )

    def _written(self, blocks: Blocks, files: Sequence[Path]) -> _Whole:
        """Write the rows as they come, and check them.

        Raises
        ------
        DatasetError
            When there are none, or a value is not finite.
        """
        p, expected, names = len(blocks.features), self.dataset.expected_bytes(), (*blocks.features, blocks.target)
        arrays = [GrowingArray(path, shape, "float64") for path, shape in zip(files, ((p,), ()), strict=True)]
        kept = self.kept.kept("rows", Form(asdict, _Written.read), every=0.0)
        with _opened(arrays, kept, _Written(), lambda found: found.used) as so_far:
            self.watch("rows to disk", 8 * so_far.used * (p + 1), expected)
            for block in () if so_far.over else blocks.read(_rows_of_block(p), so_far.read_rows):
                so_far = so_far.followed_by(block, names)  # noqa: PLW2901 - accumulated
                for array, part in zip(arrays, (block.X, block.y), strict=True):
                    array.append(part)
                kept.keep(so_far.read_rows, so_far)
                self.watch("rows to disk", 8 * so_far.used * (p + 1), expected)
            kept.keep(so_far.read_rows, so_far.ended(), over=True)
            X, y = (np.asarray(array.close(), dtype=np.float64) for array in arrays)
        so_far.check(names)
        return _Whole(X, y, so_far.rows)

    def _made_ready(self, what: str, rows: "_Rows", scaling: Scaling, names: tuple[str, str]) -> tuple[Array, Array]:
        """Write the rows as fitted, and map them."""
        out = [GrowingArray(self.files[name], of, self.dtype) for name, of in zip(names, rows.shapes, strict=True)]
        kept = self.kept.kept(names[0], Form(int, lambda plain, _: int(plain)), every=0.0)

        def write(done: int, part: slice) -> int:
            block = rows.of(part)
            for array, values in zip(out, self.dataset.scaled(*block, scaling), strict=True):
                array.append(cast_to(values, self.dtype))
            return done + len(block[1])

        with _opened(out, kept, 0, int):
            folded(rows.parts(what), write, 0, kept)
            X, y = (array.close() for array in out)
        return X, y

    def _kept_back(self, n: int, path: Path) -> NDArray[np.bool_] | None:
        """Which rows are in the test set, the same as in memory, but shuffled on disk; None without a test set."""
        n_test = self.dataset.kept_back(n)
        if n_test == 0:
            return None
        if self.kept.folder is None or not path.exists():
            _choose(self.dataset.split_stream(), n, n_test, path)
        return np.asarray(mapped(path), dtype=np.bool_)


@dataclass(frozen=True)
class _Written:
    """Counts over the written rows; ``bad`` has the number of non-finite values by column."""

    used: int = 0
    dropped: int = 0
    lacking: Mapping[str, int] = field(default_factory=dict)
    bad: Mapping[str, int] = field(default_factory=dict)
    over: bool = False

    @classmethod
    def read(cls, plain: Mapping[str, Any], rows: int) -> "_Written | None":
        """The counts kept after so many rows; None where they do not match."""
        found = cls(**plain)
        return found if found.read_rows == rows else None

    @property
    def read_rows(self) -> int:
        """The number of rows read, including those left out."""
        return self.used + self.dropped

    @property
    def rows(self) -> Rows:
        """The row counts, with the reasons why rows were left out."""
        return Rows(self.read_rows, self.used, tuple(LeftOut(*each) for each in sorted(self.lacking.items())))

    def followed_by(self, block: RowBlock, names: Sequence[str]) -> "_Written":
        """The counts with another block, of columns of these names."""
        return _Written(
            self.used + len(block.y),
            self.dropped + block.dropped,
            dict(Counter(self.lacking) + Counter(block.lacking)),
            dict(Counter(self.bad) + _not_finite(block, names)),
        )

    def ended(self) -> "_Written":
        """The counts, marked as complete."""
        return _Written(self.used, self.dropped, self.lacking, self.bad, over=True)

    def check(self, names: Sequence[str]) -> None:
        """Check that there are rows, and that all values of these columns are finite.

        Raises
        ------
        DatasetError
            When there are none, or some value is not finite.
        """
        if self.used == 0:
            lost = f" ({self.dropped} had a missing value)" if self.dropped else ""
            raise DatasetError(f"no rows left to fit{lost}; give data with at least one complete row")
        for name in names:
            if count := self.bad.get(name):
                raise DatasetError(
                    f"column {name!r} holds {count} NaN or infinite of {self.used} values, wanted finite numbers"
                )


def _not_finite(block: RowBlock, names: Sequence[str]) -> Counter[str]:
    X, y = np.isfinite(block.X), np.isfinite(block.y)
    if X.all() and y.all():
        return Counter()
    return Counter(dict(zip(names, [*(~X).sum(axis=0).tolist(), int((~y).sum())], strict=True)))


@contextmanager
def _opened(arrays: Sequence[GrowingArray], kept: KeptPass[T], begin: T, count: Callable[[T], int]) -> Iterator[T]:
    """The kept state of a pass that writes rows, with the arrays open after as many rows as it counts."""
    _, found = kept.begun() or (0, begin)
    if not all(array.has(count(found)) for array in arrays):
        kept.forget()
        found = begin
    try:
        for array in arrays:
            array.open(count(found))
        yield found
    finally:
        for array in arrays:
            array.leave()


def _choose(stream: np.random.Generator | np.random.RandomState, n: int, n_test: int, path: Path) -> None:
    """Write a boolean per row for the choice of the test set; the file gets its name once it is complete."""
    growing, step = path.with_suffix(".part"), BLOCK_BYTES // 8
    order: NDArray[np.intp] = np.asarray(np.lib.format.open_memmap(growing, "w+", np.dtype(np.intp), (n,)))
    with suppress(OSError):
        growing.unlink()  # only the mapping is needed
    for start in range(0, n, step):
        order[start : start + step] = np.arange(start, min(n, start + step))
    stream.shuffle(order)
    chosen: NDArray[np.bool_] = np.asarray(np.lib.format.open_memmap(growing, "w+", np.dtype(np.bool_), (n,)))
    for start in range(0, n_test, step):
        chosen[order[start : min(n_test, start + step)]] = True
    growing.rename(path)


def _rows_of_block(columns: int) -> int:
    return max(1, BLOCK_BYTES // (8 * (columns + 1)))


class _Rows:
    """The training rows, or the test set, read block by block."""

    def __init__(
        self, X: Float64, y: Float64, out: NDArray[np.bool_] | None, watch: Watch, *, inside: bool = False
    ) -> None:
        self._X, self._y, self._out, self._watch, self._inside = X, y, out, watch, inside

    @property
    def shapes(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The shapes of a row's features and of its target."""
        return self._X.shape[1:], ()

    def others(self) -> "_Rows":
        """The other rows: the test set."""
        return _Rows(self._X, self._y, self._out, self._watch, inside=True)

    def parts(self, what: str) -> Callable[[int], Iterator[slice]]:
        """A pass with this description, from any first row on."""
        p = self._X.shape[1]
        return lambda first: steps(what, len(self._y), _rows_of_block(p), 8 * (p + 1), self._watch, first=first)

    def of(self, rows: slice) -> tuple[Float64, Float64]:
        """Features and target of the selected rows in a slice of all rows."""
        if self._out is None:
            return self._X[rows], self._y[rows]
        chosen = self._out[rows] if self._inside else ~self._out[rows]
        return self._X[rows][chosen], self._y[rows][chosen]

    def extents(self, dataset: Dataset, kept: Preparation) -> tuple[Extent, Extent]:
        """Ranges, and means and deviations, of features and target, as far as scaling needs them."""
        scales: tuple[Scale, Scale] = (dataset.scale, dataset.target_scale)
        if set(scales) == {"none"}:
            return NOWHERE, NOWHERE
        p = self._X.shape[1]
        low, high = folded(
            self.parts("ranges of columns"),
            self._wider,
            np.outer([np.inf, -np.inf], np.ones(p + 1)),
            kept.kept("ranges", RANGES),
        )
        mean, deviation = self._moments(kept) if "standard" in scales else (None, None)
        return (
            _part(scales[0], slice(p), low, high, mean, deviation),
            _part(scales[1], slice(p, p + 1), low, high, mean, deviation),
        )

    def _wider(self, found: Float64, rows: slice) -> Float64:
        """The least and the greatest value of each column, the target's last."""
        X, y = self.of(rows)
        if not len(y):
            return found
        low, high = found
        return np.array(
            [
                np.minimum(low, np.append(X.min(axis=0), y.min())),
                np.maximum(high, np.append(X.max(axis=0), y.max())),
            ]
        )

    def _moments(self, kept: Preparation) -> tuple[Float64, Float64]:
        """Mean and standard deviation of each column, the target's last, correctly rounded."""
        from harness.reference.gram import exact_gram, summed  # imported here, as most data do without
        from harness.reference.partial_sums import form_of
        from harness.reference.rounding import nearest, root

        sums = kept.kept("moments", form_of(self._X.shape[1] + 2, fewer=self._out is not None))
        gram = summed(self.parts("exact means and deviations"), lambda rows: exact_gram(*self.of(rows)), sums)
        assert gram is not None  # noqa: S101 - there are rows
        n, ones = gram.n_samples, len(gram.exponents) - 1
        means = [gram.value(j, ones) / n for j in range(ones)]
        variances = [gram.value(j, j) / n - mean * mean for j, mean in enumerate(means)]
        return np.array([nearest(each) for each in means]), np.array([root(each) for each in variances])


def _plain_ranges(found: Float64) -> list[list[str]]:
    return [[value.hex() for value in each] for each in found.tolist()]


def _read_ranges(plain: Sequence[Sequence[str]], _: int) -> Float64:
    return np.array([[float.fromhex(value) for value in each] for each in plain])


RANGES = Form(_plain_ranges, _read_ranges)


def _part(
    scale: Scale, columns: slice, low: Float64, high: Float64, mean: Float64 | None, deviation: Float64 | None
) -> Extent:
    if scale != "standard" or mean is None or deviation is None:
        return Extent(low[columns], high[columns])
    return Extent(low[columns], high[columns], mean[columns], deviation[columns])
