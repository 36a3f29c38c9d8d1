"""Formulas: the design that they stand for, and what a formula may not hold."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from harness.datasets._reading.safe_formula import checked
from harness.datasets.base import Data
from harness.datasets.file import File
from harness.errors import DatasetError

pytest.importorskip("formulaic")

TEXT = (
    "price,area,rooms,town,Fuel (MPG),x.y,code\n"
    "10.5,1.1,2,b,7,1,7\n12,2.2,3,a,8,2,7\n9.25,3.5,1,c,9,4,8\n14,4.5,5,b,8,1,8\n13,0.5,2,a,7,3,9\n20,7,6,c,5,2,9\n"
)
AREA = np.array([1.1, 2.2, 3.5, 4.5, 0.5, 7])
ROOMS = np.array([2.0, 3, 1, 5, 2, 6])
B, C = np.array([1.0, 0, 0, 1, 0, 0]), np.array([0.0, 0, 1, 0, 0, 1])


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def data(formula: str, text: str = TEXT, **options: Any) -> Data:
    Path("d.csv").write_text(text)
    return File(path="d.csv", formula=formula, **options).data()


DESIGNS: dict[str, tuple[tuple[str, ...], list[Any], bool]] = {
    "price ~ area": (("area",), [AREA], True),
    "price ~ area + rooms": (("area", "rooms"), [AREA, ROOMS], True),
    "price ~ area + C(town)": (("area", "C(town)[T.b]", "C(town)[T.c]"), [AREA, B, C], True),
    "price ~ town": (("town[T.b]", "town[T.c]"), [B, C], True),
    "price ~ 0 + town": (("town[a]", "town[b]", "town[c]"), [1 - B - C, B, C], False),
    "price ~ area - 1": (("area",), [AREA], False),
    "price ~ area*rooms": (("area", "rooms", "area:rooms"), [AREA, ROOMS, AREA * ROOMS], True),
    "price ~ area:rooms": (("area:rooms",), [AREA * ROOMS], True),
    "price ~ area:town": (
        ("area:town[a]", "area:town[b]", "area:town[c]"),
        [AREA * (1 - B - C), AREA * B, AREA * C],
        True,
    ),
    "price ~ np.log(area) + I(rooms**2)": (("np.log(area)", "I(rooms ** 2)"), [np.log(AREA), ROOMS**2], True),
    "price ~ (area + rooms)**2 - rooms": (("area", "area:rooms"), [AREA, AREA * ROOMS], True),
    "price ~ C(code)": (("C(code)[T.8]", "C(code)[T.9]"), [[0, 0, 1, 1, 0, 0], [0, 0, 0, 0, 1, 1]], True),
    'price ~ C(town, Treatment("b"))': (
        ("C(town, Treatment('b'))[T.a]", "C(town, Treatment('b'))[T.c]"),
        [1 - B - C, C],
        True,
    ),
    "price ~ `Fuel (MPG)` + `x.y`": (("Fuel (MPG)", "x.y"), [[7, 8, 9, 8, 7, 5], [1, 2, 4, 1, 3, 2]], True),
    "price ~ center(area)": (("center(area)",), [AREA - AREA.mean()], True),
}  # fmt: skip


@pytest.mark.parametrize("formula", DESIGNS)
def test_a_formula_makes_its_design(formula: str) -> None:
    names, columns, intercept = DESIGNS[formula]
    found = data(formula)
    assert found.table.features == names
    assert found.table.target == "price"
    assert_allclose(found.problem.X, np.column_stack(columns), rtol=1e-14, atol=1e-14)
    assert_array_equal(found.problem.y, [10.5, 12, 9.25, 14, 13, 20])
    assert found.problem.intercept is intercept


def test_polynomials_are_orthogonal() -> None:
    X = data("price ~ poly(area, 2)").problem.X
    assert_allclose(X.T @ X, np.eye(2), atol=1e-14)
    assert_allclose(X.sum(axis=0), 0, atol=1e-14)


def test_a_dot_is_every_other_column_that_can_be_used() -> None:
    found = data("price ~ . - rooms")
    assert found.table.features == ("area", "town[T.b]", "town[T.c]", "Fuel (MPG)", "x.y", "code")
    assert found.problem.intercept


def test_the_target_may_be_a_function() -> None:
    found = data("np.log(price) ~ area")
    assert found.table.target == "np.log(price)"
    assert_allclose(found.problem.y, np.log([10.5, 12, 9.25, 14, 13, 20]))


def test_without_an_intercept_every_level_has_its_column() -> None:
    found = data("price ~ town", intercept=False)
    assert found.table.features == ("town[a]", "town[b]", "town[c]")
    assert not found.problem.intercept


def test_rows_without_a_value_are_counted_by_column() -> None:
    found = data("y ~ a + C(t)", "a,t,y\n1,u,2\n,v,3\n4,,4\n2,v,1\n4,u,?\n3,v,2\n")
    assert found.rows.in_words() == "3 of 6 rows used; 3 left out: missing y (1), missing a (1), missing t (1)"
    assert found.n_samples == 3
    assert found.n_features == 2


def test_products_of_decimals_stay_exact() -> None:
    columns = data("price ~ area*rooms + C(town)").decimals()
    assert columns is not None
    X, y = columns.table()
    assert X[0] == tuple(map(Fraction, ("1.1", "2", "1", "0", "2.2")))
    assert y[0] == Fraction("10.5")
    assert data("price ~ np.log(area)").decimals() is None


FAULTS: dict[str, str] = {
    "price ~ sise": "d.csv: formula: there is no column 'sise'; there are ",
    "price ~ aria": "d.csv: formula: there is no column 'aria'; did you mean 'area'?",
    "town ~ area": "d.csv: formula: the target 'town' has 3 columns, wanted one of numbers",
    "price ~ np.log(area - 2)": "column 'np.log(area - 2)' holds 2 NaN or infinite of 6 values",
    "price ~ 1": "d.csv: formula: 'price ~ 1' has no feature; name at least one column after ~",
    "price ~ C(town, Treatment('z'))": "d.csv: formula: \"price ~ C(town, Treatment('z'))\" cannot be evaluated: ",
}


@pytest.mark.parametrize("formula", FAULTS)
def test_faults_are_said_in_one_line(formula: str) -> None:
    with pytest.raises(DatasetError) as error:
        data(formula)
    assert FAULTS[formula] in str(error.value)
    assert "\n" not in str(error.value)


REFUSED = [
    "y ~ __import__('os').system('true')",
    "y ~ __import__",
    "y ~ I(__import__('os'))",
    "y ~ x.__class__",
    "y ~ I(x.__class__.__mro__)",
    "y ~ I(x.to_pickle('f'))",
    "y ~ np.load('f.npy')",
    "y ~ np.lib.npyio.load('f')",
    "y ~ np.log.__self__",
    "y ~ np.log(x).tofile('f')",
    "y ~ eval('1')",
    "y ~ I(eval('1'))",
    "y ~ exec('1')",
    "y ~ open('f')",
    "y ~ getattr(x, 'y')",
    "y ~ (lambda: 0)()",
    "y ~ I((lambda z: z)(x))",
    "y ~ [z for z in x]",
    "y ~ I([z for z in x])",
    "y ~ {x}",
    "y ~ {x: 1}",
    "y ~ x[0]",
    "y ~ x[0:1]",
    "y ~ I(x if x else y)",
    "y ~ I(x or y)",
    "y ~ I(x == 1)",
    "y ~ I(f'{x}')",
    "y ~ I(b'x')",
    "y ~ 'x'",
    "y ~ I(x := 1)",
    "y ~ I(*x)",
    "y ~ C(x, **x)",
    "y ~ C(x, levels=eval('1'))",
    "y ~ poly(x, degree=10**9)",
    "y ~ poly(x, 1000000)",
    "y ~ bs(x, df=99999)",
    "y ~ I(9**9**9)",
    "y ~ I(x**9**9)",
    "y ~ I((9**32)**32)",
    "y ~ x**1000",
    "y ~ " + "*".join(f"x{i}" for i in range(20)),
    "y ~ (" + " + ".join(f"x{i}" for i in range(40)) + ")**6",
    "y ~ " + "(" * 500 + "x" + ")" * 500,
    "y ~ x @ z",
    "y ~ x | z",
    "y ~ x; import os",
    "y ~ x\nimport os",
    "y ~ `x",
    "y ~ _quoted_0",
    "y ~ x ~ z",
    "y",
    "~ x",
    "y ~",
    "",
    "y + z ~ x",
    "y ~ I(1e999*x)",
    "y ~ " + "x + " * 1000 + "x",
    "y ~ contr.evil(x)",
    "y ~ np.log('a' * 9999999999)",
    "y ~ I('a' + x)",
    "y ~ poly(x, 99 * 99 * 99)",
    "y ~ poly(x, -999999)",
    "y ~ " + "-" * 1900 + "x",
    "`a~b` ~ x",
    "y ~ os.system('true')",
    "y ~ C.__init__(x)",
    "y ~ np",  # a name, and no column is called so
]


@pytest.mark.parametrize("formula", REFUSED)
def test_what_is_not_on_the_list_is_refused_before_anything_runs(formula: str) -> None:
    Path("d.csv").write_text("x,z,y\n1,2,1\n2,5,2\n3,1,5\n")
    if formula:
        with pytest.raises((ValueError, DatasetError), match=r"formula: ") as error:
            _ = File(path="d.csv", formula=formula).table
        assert "\n" not in str(error.value) or "\n" in formula
    else:
        with pytest.raises(ValueError, match="target: got none"):
            File(path="d.csv", formula=formula)
    assert [each.name for each in Path.cwd().iterdir()] == ["d.csv"]


@settings(max_examples=300, deadline=None, derandomize=True)
@given(text=st.text(alphabet="xyz019 .+-*/:^()[]{}~`'\"_,=@|&<>!npCI\n", max_size=40))
def test_any_text_is_checked_or_refused(text: str) -> None:
    try:
        found = checked("y ~ " + text)
    except ValueError:
        return
    assert "__" not in "".join(found.right) or "`" in text
