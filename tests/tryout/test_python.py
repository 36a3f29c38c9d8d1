"""try_ from Python: data in memory, functions and estimators as they are, and a notebook that runs."""

import collections
import dataclasses
import enum
import functools
import importlib
import json
import linecache
import os
import sys
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from backends._own import import_library
from harness import try_
from harness.errors import LinbenchError, UsageError
from harness.tryout.captured import use_of
from harness.tryout.tables import columns_of, write_columns
from tests.support.paths import ROOT

FACTOR = 2.0
FRAME = pd.DataFrame({"a": [1.0, 2.0, 4.0], "y": [1.0, 2.0, 3.0]})
TABLE = np.array([[1.0, 2.0], [np.inf, -0.0]])


def helper(value: float) -> float:
    return FACTOR * value + float(TABLE[0, 1])


def outer(X: Any, y: Any, factor: float = FACTOR) -> Any:
    def inner() -> float:
        return helper(np.sum(y))

    return [inner()] * X.shape[1]


def run(tmp_path: Path, given: object) -> Any:
    """What a written-down function gives in a Python that knows nothing of this module."""
    use, _ = use_of(given, tmp_path)
    path, _, name = use.rpartition(":")
    return getattr(import_library(path), name)


def test_a_function_is_written_down_with_what_it_refers_to(tmp_path: Path) -> None:
    assert run(tmp_path, outer)(np.ones((3, 2)), np.ones(3)) == [8.0, 8.0]
    shift = 5.0

    def closed(X: Any, y: Any) -> Any:
        return shift + FACTOR

    assert run(tmp_path, closed)(None, None) == 7.0


def test_an_estimator_is_written_down_with_its_parameters(tmp_path: Path) -> None:
    linear = pytest.importorskip("sklearn.linear_model")
    estimator = run(tmp_path, linear.Ridge(alpha=np.inf, positive=True, solver="lbfgs"))
    assert estimator.get_params() == linear.Ridge(alpha=np.inf, positive=True, solver="lbfgs").get_params()
    assert use_of(linear.Ridge, tmp_path)[0].endswith("linear_model._ridge:Ridge")


def scaled(function: Any) -> Any:
    @functools.wraps(function)
    def doubled(X: Any, y: Any) -> Any:
        return 2 * function(X, y)

    return doubled


@scaled
def decorated(X: Any, y: Any, factor: float = 3.0) -> Any:
    return factor + FACTOR


def shifted(X: Any, y: Any, *, shift: float) -> Any:
    return X + shift


def unnamed_wrapper(function: Any) -> Any:
    return lambda X, y: 2 * function(X, y)


@unnamed_wrapper
def covered(X: Any, y: Any) -> Any:
    return FACTOR


def even(X: Any, y: Any) -> Any:
    return odd(X - 1, y) if X else FACTOR


def odd(X: Any, y: Any) -> Any:
    return even(X - 1, y)


@functools.cache
def cached(value: float) -> float:
    return helper(value)


aliased = scaled(outer)


def by_another_name(X: Any, y: Any) -> Any:
    return [cached(1.0), *aliased(X, y)]


@dataclasses.dataclass
class Kept:
    shift: float = FACTOR

    def fit(self, X: Any, y: Any) -> Any:
        return self.tripled(X) + self.shift

    @staticmethod
    def tripled(X: Any) -> Any:
        return 3 * X + FACTOR


class Further(Kept):
    def fit(self, X: Any, y: Any) -> Any:
        return 100 + super().fit(X, y)

    def __call__(self, X: Any, y: Any) -> Any:
        return self.fit(X, y)


@pytest.mark.parametrize(
    ("given", "answer"),
    [
        (decorated, 10.0),
        (covered, 4.0),
        (even, 2.0),
        (lambda X, y: helper(X), 10.0),
        (functools.partial(shifted, shift=1.0), 5.0),
        (Kept(5.0).fit, 19.0),
        (Further(5.0).__call__, 119.0),
    ],
)
def test_whatever_is_called_is_written_down_as_it_is(tmp_path: Path, given: Any, answer: float) -> None:
    assert given(4.0, None) == answer
    assert run(tmp_path, given)(4.0, None) == answer


def test_a_function_may_go_by_another_name_than_its_own(tmp_path: Path) -> None:
    X = np.ones((3, 1))
    assert run(tmp_path, by_another_name)(X, np.ones(3)) == by_another_name(X, np.ones(3)) == [4.0, 8.0, 8.0]


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


def test_what_a_function_refers_to_keeps_its_type_and_shape(tmp_path: Path) -> None:
    count, empty, plane = np.int64(3), np.empty((0, 3)), np.arange(6.0).reshape(2, 3)
    kinds = {count: collections.defaultdict(int), "b": collections.Counter("aab"), "c": collections.OrderedDict(a=1)}

    def types(X: Any, y: Any) -> Any:
        return [type(count), empty.shape, plane.tolist(), *[(key, type(each), each) for key, each in kinds.items()]]

    assert run(tmp_path, types)(None, None) == types(None, None)


def test_a_default_argument_is_what_it_was_when_the_function_was_made(tmp_path: Path) -> None:
    made: list[Any] = []
    for each in (1.0, 2.0, 3.0):
        made.append(lambda X, y, each=each: X * each)

        @scaled
        def other(X: Any, y: Any, twice: float = each * 2, *, shift: float = each, found_anew: Any = os.environ) -> Any:
            return X * twice + shift

        made.append(other)
    each = 7.0
    assert [run(tmp_path, one)(4.0, None) for one in made] == [one(4.0, None) for one in made]


def test_a_member_of_an_enumeration_stays_one(tmp_path: Path) -> None:
    chosen = Colour.BLUE
    assert run(tmp_path, lambda X, y: chosen is Colour.BLUE)(None, None)


def test_an_estimator_of_a_class_without_get_params_keeps_its_attributes(tmp_path: Path) -> None:
    assert run(tmp_path, Further(7.0)).fit(4.0, None) == Further(7.0).fit(4.0, None) == 121.0
    assert run(tmp_path, Further)().fit(4.0, None) == 116.0


def test_one_name_for_two_things_is_refused(tmp_path: Path) -> None:
    def around() -> Any:
        FACTOR = 7.0
        return lambda X, y: helper(X) + FACTOR

    with pytest.raises(UsageError, match="two different objects are called FACTOR"):
        use_of(around(), tmp_path)


def test_a_cell_of_a_notebook_is_a_place_for_a_class(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "class Model:\n    def fit(self, X, y):\n        return LEVEL\n"
    monkeypatch.setitem(linecache.cache, "<cell 1>", (len(text), None, text.splitlines(keepends=True), "<cell 1>"))
    main = types.ModuleType("__main__")
    monkeypatch.setitem(sys.modules, "__main__", main)
    exec("from __future__ import annotations\nLEVEL = 3", vars(main))
    exec(compile(text, "<cell 1>", "exec"), vars(main))
    assert run(tmp_path, vars(main)["Model"])().fit(None, None) == 3


def test_a_module_beside_the_function_is_found_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "beside_it.py").write_text("LEVEL = 3\n")
    monkeypatch.syspath_prepend(tmp_path)
    beside_it = importlib.import_module("beside_it")
    written_down = run(tmp_path, lambda X, y: beside_it.LEVEL)
    assert written_down(None, None) == 3
    assert f"sys.path.append({str(tmp_path)!r})" in next(tmp_path.glob("lambda-*.py")).read_text()


class Settings(dict[str, float]):
    pass


def test_what_cannot_be_written_down_is_said(tmp_path: Path) -> None:
    handle, number, large, long = object(), 0, np.zeros(1001), np.longdouble(1)
    knot = Kept()
    knot.shift = knot  # type: ignore[assignment]

    def uses(X: Any, y: Any) -> Any:
        return handle

    def many(X: Any, y: Any) -> Any:
        return large

    def counts(X: Any, y: Any) -> Any:
        nonlocal number
        number += 1

    def goes_round(X: Any, y: Any) -> Any:
        return knot

    cached_by_hand = functools.cache(helper)

    def calls(X: Any, y: Any) -> Any:
        return cached_by_hand(X)

    with pytest.raises(UsageError, match="cached_by_hand is a _lru_cache_wrapper that wraps helper under another name"):
        use_of(calls, tmp_path)
    two = (lambda X, y: 1), (lambda X, y: 2)
    with pytest.raises(UsageError, match=r"knot\.shift refers to knot, which refers back to it"):
        use_of(goes_round, tmp_path)
    for thing, words in ((long, "longdouble"), (os.environ, "_Environ"), (Settings(a=1.0), "Settings")):
        with pytest.raises(UsageError, match=f"thing is a {words}, which cannot be written as source"):
            use_of(lambda X, y, thing=thing: thing, tmp_path)
    with pytest.raises(UsageError, match="handle is a object, which cannot be written as source"):
        use_of(uses, tmp_path)
    with pytest.raises(UsageError, match="large is an array of 1001 numbers, which cannot be written as source"):
        use_of(many, tmp_path)
    with pytest.raises(UsageError, match="counts cannot stand alone: no binding for nonlocal 'number'"):
        use_of(counts, tmp_path)
    with pytest.raises(UsageError, match=r"2 on its line\); define it with def"):
        use_of(two[0], tmp_path)
    with pytest.raises(UsageError, match="got int, wanted a backend's name"):
        use_of(3, tmp_path)


def test_tables_of_every_kind_are_read_back_as_they_were(tmp_path: Path) -> None:
    from harness.datasets.file import File

    values = np.array([0.1, 1 / 3, 1e-300])
    frame = pd.DataFrame({"a": values, "b": ["x", "y", "x"], "y": [1, 2, 4]})
    tables: list[Any] = [frame, {"a": values, "b": frame["b"], "y": [1, 2, 4]}]
    try:
        import polars as pl
    except ImportError:
        pass
    else:
        tables.append(pl.DataFrame({"a": values, "b": ["x", "y", "x"], "y": [1, 2, 4]}))
    for each in tables:
        columns, target, _ = columns_of(each, "y")
        table = File(path=str(write_columns(columns, tmp_path)), target=target, categories="dummies").table
        assert table.features == ("a", "b[T.y]")
        np.testing.assert_array_equal(table.X[:, 0], values)
    columns, target, counts = columns_of(np.eye(3), [1, 2, 3], [0, 1, 2])
    assert ([*columns], target, counts) == (["x1", "x2", "x3", "y", "weights"], "y", "weights")


@pytest.mark.parametrize(
    ("column", "features", "read"),
    [
        (pd.array(["u", None, "v", "u"], dtype="string"), ("a[T.v]",), [0, 1, 0]),
        (pd.array([False, None, True, False], dtype="boolean"), ("a",), [0, 1, 0]),
        (pd.array([3, None, 5, 4], dtype="Int64"), ("a",), [3, 5, 4]),
        (pd.to_datetime(["1970-01-01", "NaT", "1970-01-03", "1970-01-05"]), ("a",), [0, 2, 4]),
        (pd.cut([0.5, np.nan, 1.5, 0.7], [0, 1, 2]), ("a[T.(1.0, 2.0]]",), [0, 1, 0]),
    ],
)
def test_columns_of_pandas_with_gaps_are_read(
    tmp_path: Path, column: Any, features: tuple[str, ...], read: list[int]
) -> None:
    from harness.datasets.file import File

    columns, target, _ = columns_of(pd.DataFrame({"a": column, "y": [1.0, 2.0, 4.0, 8.0]}), "y")
    table = File(path=str(write_columns(columns, tmp_path)), target=target, categories="dummies").table
    assert (table.features, table.X[:, 0].tolist(), table.y.tolist()) == (features, read, [1, 4, 8])


def test_what_is_predicted_is_named_in_every_way(tmp_path: Path) -> None:
    options: dict[str, Any] = {"backends": {"scratch_ols": 1}.keys(), "results": tmp_path, "progress": False}
    X = np.column_stack([np.arange(5.0) ** 2, [1, 0, 0, 2, 5]])
    for found in (
        try_(X, "y ~ x1", y=X[:, 1], **options),
        try_(X, "np.log(y) ~ x1", y=np.exp(X[:, 1]), **options),
        try_(pd.DataFrame(X), y=1, **options),
        try_({"x1": X[:, 0], "x2": X[:, 1], "x3": X[:, 1] ** 3}, y=["x2", "x3"], **options),
    ):
        np.testing.assert_allclose(found.frame()["coef"][0], np.polyfit(X[:, 0], X[:, 1], 1)[:1], rtol=1e-12)


def test_weights_are_given_as_values_or_by_name(tmp_path: Path) -> None:
    x, counts = np.arange(6.0), np.array([1.0, 2.0, 0.0, 1.0, 3.0, 1.0])
    data, y = {"x": x, "w": counts}, x**2
    expected = np.polyfit(x[counts > 0], y[counts > 0], 1, w=np.sqrt(counts[counts > 0]))
    options: dict[str, Any] = {"backends": ["scratch_ols"], "results": tmp_path, "progress": False}
    for table, weights in (({"x": x}, counts), (data, "w")):
        found = try_(table, y=y, weights=weights, **options).frame()
        np.testing.assert_allclose(found["coef"][0], expected[:1], rtol=1e-12)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"data": np.ones(3), "y": [1, 2, 3]}, "got data of shape (3,)"),
        ({"data": np.ones((3, 1)), "y": [1, 2]}, "got columns of 2 and 3 rows"),
        ({"data": np.ones((3, 1))}, "which column is predicted? Give y, or a formula over the columns x1"),
        ({"data": np.ones((3, 1)), "y": np.ones((3, 2))}, "y: got shape (3, 2), wanted one value for each row"),
        ({"data": FRAME, "y": FRAME["y"][::-1]}, "y: its index differs from that of data"),
        ({"data": FRAME, "y": "y", "weights": FRAME["y"][::-1]}, "weights: its index differs from that of data"),
        ({"data": FRAME, "formula": "y ~ a", "y": [1, 2, 3]}, "got the formula 'y ~ a' and y, wanted one of them"),
        ({"data": FRAME, "formula": "yy ~ a", "y": "y"}, "got the formula 'yy ~ a' and y, wanted one of them"),
        ({"data": FRAME, "formula": "y ~ a", "y": ["a", "y"]}, "got the formula 'y ~ a' and y, wanted one of them"),
        ({"data": pd.concat([FRAME, FRAME], axis=1), "y": "y"}, "got two columns called 'a'"),
        ({"data": FRAME, "y": "y", "backends": []}, "got no backend, wanted one"),
        ({"data": FRAME, "y": "y", "backends": "numpy_lsq"}, "did you mean 'numpy_lstsq'?"),
        ({"data": FRAME, "y": "y", "own": None, "backends": "numpy_lsq"}, "did you mean 'numpy_lstsq'?"),
        ({"data": "no.csv", "y": "y"}, "there is no such file"),
        ({"data": {"a": [1, 2], "y": [1, 2]}, "y": "z", "backends": ["numpy_lstsq"]}, "has no column 'z'"),
        ({"data": {"a": [1, 2], "y": [1, 2]}, "y": "y", "backends": ["numpy_lsq"]}, "did you mean 'numpy_lstsq'?"),
    ],
)
def test_bad_input_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: Mapping[str, Any], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(LinbenchError) as caught:
        try_(**words, progress=False)
    assert said in str(caught.value)


@pytest.mark.slow
def test_the_example_notebook_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command_environment: dict[str, str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LINBENCH_CACHE", command_environment["LINBENCH_CACHE"])
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    notebook = json.loads((ROOT / "configs/examples/try.ipynb").read_text())
    space: dict[str, Any] = {"__name__": "__main__"}
    for number, cell in enumerate(notebook["cells"]):
        if cell["cell_type"] == "code":
            name, text = f"<cell {number}>", "".join(cell["source"])
            linecache.cache[name] = len(text), None, text.splitlines(keepends=True), name
            exec(compile(text, name, "exec"), space)
    found = space["found"]
    assert "forgetful" in found._repr_html_()
    assert "the model has no intercept" in repr(found)
    assert dict(zip(found.frame()["backend_label"], found.frame()["verdict"], strict=True))["mine"] == "best_possible"
    assert [*tmp_path.glob("results/reports/*/index.html")]
    with pytest.raises(UsageError, match="did you mean 'mine'"):
        found.explain("min")
