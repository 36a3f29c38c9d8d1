"""Anybody's function or estimator as a backend: what it may give, and what is said of what it may not."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from backends._own import Own
from backends._own_answer import estimates
from backends.base import Problem, Unsupported
from harness.config.own import own_backend
from harness.errors import UsageError

X = np.array([[1.0, 2.0], [2.0, 1.0], [3.0, 5.0], [4.0, 3.0]])
Y = 3.0 + X @ [1.0, -2.0]


def solved(tmp_path: Path, text: str, name: str = "fit", *, intercept: bool = True, l2: float = 0.0) -> Any:
    """The answer of a file's function."""
    path = tmp_path / f"{abs(hash(text))}.py"
    path.write_text(text)
    backend = own_backend(f"{path}:{name}", tmp_path)
    return backend.solve(backend.prepare(Problem(X, Y, intercept, l2), "cpu"))


EXACT = "import numpy as np\ndef fit(X, y{more}):\n    c, b = np.array([1.0, -2.0]), 3.0\n    return {answer}\n"


@pytest.mark.parametrize(
    "answer",
    ["(c, b)", "[c, b]", "(c.tolist(), b)", "{'coef': c, 'intercept': b}", "{'beta': c, 'const': np.array([b])}",
     "(c[:, None], np.array([b]))", "__import__('pandas').Series([1.0, b, -2.0], ['x', 'const', 'z'])",
     "type('R', (), {'coef_': c[None], 'intercept_': [b]})()", "type('R', (), {'params': np.r_[b, c]})()",
     "type('R', (), {'params': __import__('pandas').Series([*c, b], ['x', 'z', 'const'])})()"],
)  # fmt: skip
def test_whatever_holds_coefficients_and_an_intercept_is_read(tmp_path: Path, answer: str) -> None:
    fit = solved(tmp_path, EXACT.format(more="", answer=answer))
    assert (fit.coef.tolist(), fit.intercept) == ([1.0, -2.0], 3.0)
    assert fit.converged
    assert fit.iterations is None


UNFIT = """
class Model:
    def fit(self, X): ...
class Told(Model):
    def __init__(self, alpha): ...
class Deaf: ...
def fit(X, y, alpha): ...
def one(X): ...
number = 3
"""


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Model", r"too many positional arguments; it is called as Model\.fit\(X, y\)"),
        ("Told", r"missing a required argument: 'alpha'; an estimator is made as Told\(\); make one in your file"),
        ("Deaf", r"too many positional arguments; Deaf, a class without fit, is called as Deaf\(X, y\)"),
        ("fit", r"missing a required argument: 'alpha'; it is called as fit\(X, y\)"),
        ("one", r"too many positional arguments; it is called as one\(X, y\)"),
        ("number", "number is of type int; wanted a function of X and y"),
    ],
)
def test_what_cannot_be_called_is_said_with_how_it_is_called(tmp_path: Path, name: str, words: str) -> None:
    with pytest.raises(TypeError, match=words):
        solved(tmp_path, UNFIT, name)


def test_a_name_that_a_module_lacks_is_told_with_the_nearest() -> None:
    pytest.importorskip("sklearn")
    backend = Own(source="sklearn.linear_model:LinearRegresion")
    with pytest.raises(AttributeError, match="has no 'LinearRegresion'; did you mean 'LinearRegression'"):
        backend.prepare(Problem(X, Y, True), "cpu")


def test_coefficients_alone_have_no_intercept(tmp_path: Path) -> None:
    assert solved(tmp_path, EXACT.format(more="", answer="c[:, None]")).intercept == 0.0


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (None, "it gave nothing (None), wanted coefficients"),
        ("x", "it gave str, wanted coefficients"),
        (["a", "b"], "it gave a list that holds no plain numbers, wanted coefficients"),
        (np.ones(2) * 1j, "it gave complex numbers, wanted coefficients"),
        ([1j, 2.0], "it gave complex numbers, wanted coefficients"),
        ([[1.0, 2.0], [3.0, 4.0, 5.0]], "it gave a list that holds no plain numbers, wanted coefficients"),
        ((each for each in "ab"), "it gave a generator (one is walked where the named function itself yields)"),
        (type("Pipe", (), {"fit": None})(), "it gave a Pipe without coef_, wanted"),
        ([1.0, 2.0, 3.0], "it gave 3 numbers for 2 columns; give (coefficients, intercept)"),
        ([1.0], "it gave 1 coefficients, wanted 2"),
        ({"slope": 1}, "it gave a dict without coef"),
        ((np.ones(2), 1.0, 2.0, 3.0), "it gave 4 values"),
        (SimpleNamespace(coef_=[1.0, 2.0], intercept_=[1.0, 2.0]), "it gave 2 intercepts, wanted one"),
    ],
)
def test_what_is_no_answer_is_said_in_words(given: object, words: str) -> None:
    with pytest.raises((TypeError, ValueError)) as caught:
        estimates(given, 2)
    assert words in str(caught.value)


def test_a_function_is_told_of_the_intercept_and_the_penalty(tmp_path: Path) -> None:
    text = EXACT.format(more=", fit_intercept, l2", answer="(c, 9.0 + l2) if fit_intercept else c")
    assert solved(tmp_path, text, l2=0.5).intercept == 9.5
    assert solved(tmp_path, text, intercept=False).intercept == 0.0
    with pytest.raises(Unsupported, match="no parameter l2"):
        solved(tmp_path, EXACT.format(more="", answer="c"), l2=0.5)
    with pytest.raises(Unsupported, match="the model has none"):
        solved(tmp_path, EXACT.format(more="", answer="(c, b)"), intercept=False)


def test_a_function_that_writes_to_the_data_is_found_out(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="writes to X"):
        solved(tmp_path, "def fit(X, y):\n    X -= X.mean(0)\n    return [1.0, 2.0]\n")


def test_classes_and_instances_of_estimators(tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    text = "from sklearn.linear_model import LinearRegression as Line\nmine = Line()\n"
    for name in ("Line", "mine"):
        fit = solved(tmp_path, text, name)
        np.testing.assert_allclose([*fit.coef, fit.intercept], [1, -2, 3], rtol=1e-12)
        assert solved(tmp_path, text, name, intercept=False).intercept == 0.0
    with pytest.raises(Unsupported, match="no penalty"):
        solved(tmp_path, text, "mine", l2=1.0)


def test_a_class_whose_objects_hold_the_answer_is_called(tmp_path: Path) -> None:
    text = "class Fitted:\n    def __init__(self, X, y):\n        self.coef_, self.intercept_ = [1.0, -2.0], 3.0\n"
    fit = solved(tmp_path, text, "Fitted")
    assert (fit.coef.tolist(), fit.intercept) == ([1.0, -2.0], 3.0)


def test_a_generator_is_walked_epoch_by_epoch(tmp_path: Path) -> None:
    text = "import numpy as np\ndef fit(X, y):\n    c = np.zeros(2)\n    for i in range(3):\n        c += 1\n"
    text += "        yield c, float(i)\n"
    (tmp_path / "walk.py").write_text(text)
    backend = own_backend("walk.py:fit", tmp_path)
    state = backend.prepare(Problem(X, Y, True), "cpu")
    assert backend.walks
    assert [each.read()[0].tolist() for each in backend.path(state)] == [[1, 1], [2, 2], [3, 3]]
    fit = backend.solve(state)
    assert (fit.coef.tolist(), fit.intercept, fit.iterations, fit.converged) == ([3, 3], 2.0, 3, False)


@pytest.mark.parametrize(
    ("use", "words"),
    [
        ("min.py:fit", "min.py: there is no such file; did you mean 'mine.py'?"),
        ("mine.py:fitt", "mine.py defines no 'fitt'; did you mean 'fit'?"),
        ("mine:fit", "got 'mine:fit', and no such module is installed; to name the file: mine.py:fit"),
        ("mine.py:", "wanted FILE.py:NAME or module:name"),
        ("a-b:fit", "wanted FILE.py:NAME or module:name"),
        ("broken.py:fit", "broken.py:2: "),
    ],
)
def test_what_cannot_be_found_is_said_before_anything_runs(tmp_path: Path, use: str, words: str) -> None:
    (tmp_path / "mine.py").write_text("def fit(X, y):\n    def inner():\n        yield 1\n    return 1\n")
    (tmp_path / "broken.py").write_text("def fit(X, y):\n    return (\n")
    with pytest.raises(UsageError) as caught:
        own_backend(use, tmp_path)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_only_the_function_itself_counts_as_a_generator(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("def fit(X, y):\n    def inner():\n        yield 1\n    return 1\n")
    assert not own_backend("mine.py:fit", tmp_path).walks


def test_files_have_workers_of_their_own_and_modules_those_of_their_library() -> None:
    assert Own(source="a.py:fit").library.worker != Own(source="b.py:fit").library.worker
    assert Own(source="sklearn.linear_model:Ridge").library.worker == "sklearn"


W = np.array([0.0, 1.0, 2.0, 3.0])
WEIGHED = """
import numpy as np
def fit(X, y, {name}):
    A = np.column_stack([X, np.ones(len(y))]) * np.sqrt({name})[:, None]
    b = np.linalg.lstsq(A, y * np.sqrt({name}), rcond=None)[0]
    return b[:-1], b[-1]
class Model:
    def fit(self, X, y, {name}=None):
        self.coef_, self.intercept_ = fit(X, y, {name})
class Deaf:
    def fit(self, X, y):
        self.coef_, self.intercept_ = fit(X, y, np.ones(len(y)))
def deaf(X, y):
    return np.ones(2), 0.0
def careless(X, y, {name}):
    {name} += 1
    return np.ones(2), 0.0
"""


def weighed(tmp_path: Path, name: str, called: str = "sample_weight") -> Any:
    (tmp_path / f"{called}.py").write_text(WEIGHED.format(name=called))
    backend = own_backend(f"{tmp_path / called}.py:{name}", tmp_path)
    asked = Problem(X, Y + np.array([9.0, 0.0, 0.0, 0.0]), True, 0.0, W)
    backend.check(asked)
    return backend.solve(backend.prepare(asked, "cpu"))


@pytest.mark.parametrize("called", ["sample_weight", "weights"])
@pytest.mark.parametrize("name", ["fit", "Model"])
def test_weights_are_told_to_whoever_has_a_parameter_for_them(tmp_path: Path, name: str, called: str) -> None:
    fit = weighed(tmp_path, name, called)
    np.testing.assert_allclose([*fit.coef, fit.intercept], [1.0, -2.0, 3.0], rtol=1e-10)


def test_whoever_has_none_is_not_fitted_without_weights(tmp_path: Path) -> None:
    with pytest.raises(Unsupported, match=r"Deaf\.fit has no parameter sample_weight, and rows have weights"):
        weighed(tmp_path, "Deaf")
    with pytest.raises(Unsupported, match="deaf has no parameter sample_weight, and rows have weights"):
        weighed(tmp_path, "deaf")


def test_weights_are_not_to_be_written_to(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="writes to weights"):
        weighed(tmp_path, "careless")
