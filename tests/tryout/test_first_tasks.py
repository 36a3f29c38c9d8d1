"""What somebody does first, in an empty folder, with the wheel installed: each within two commands that `--help` tells.

Ten tasks: own CSV; own function; a DataFrame in a notebook; two libraries differ, why; which is fastest at 17 digits;
only these two backends; three sizes; save and rerun; open the report; compare with last week.
"""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import Linbench, command_in
from tests.support.installed import installed

pytestmark = pytest.mark.slow

MINE = """
import numpy as np

def fit(X, y):
    return np.linalg.lstsq(X, y, rcond=None)[0]
"""

TWO = ("--backend", "numpy_lstsq", "--backend", "scipy_lstsq")


def write_houses(folder: Path) -> None:
    rng = np.random.default_rng(5)
    lines = ["area,rooms,price,rent"]
    for _ in range(60):
        area, rooms = rng.uniform(40, 200), rng.integers(1, 7)
        price, rent = 50 + 2 * area + 10 * rooms + rng.normal(), area / 10 + rooms + rng.normal()
        lines.append(f"{area:.1f},{rooms},{price:.2f},{rent:.2f}")
    (folder / "houses.csv").write_text("\n".join(lines) + "\n")
    (folder / "mine.py").write_text(MINE)


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of an environment with the wheel."""
    return installed(tmp_path_factory.mktemp("installed") / "environment")


@pytest.fixture(scope="module")
def bare(command_environment: dict[str, str]) -> dict[str, str]:
    """The variables of a shell that knows nothing of this checkout."""
    return {**{name: value for name, value in command_environment.items() if name != "PYTHONPATH"}, "COLUMNS": "80"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("first")
    write_houses(found)
    return found


@pytest.fixture(scope="module")
def here(folder: Path, programs: Path, bare: dict[str, str]) -> Linbench:
    return command_in(folder, bare, [str(programs / "linbench")])


@pytest.fixture(scope="module")
def saved(here: Linbench) -> Linbench:
    """A suite that a try saved, measured twice."""
    assert here("try", "houses.csv", "price ~ area + rooms", *TWO, "--save", "houses.toml").code == 0
    for _ in range(2):
        assert here("run", "houses.toml").code == 0
    return here


def narrow(text: str) -> str:
    """The text on one line, once it is seen to fit, paths aside."""
    assert max(len(line) for line in text.splitlines()) <= 80
    return " ".join(text.split())


def test_the_command_is_the_wheels(folder: Path, programs: Path, bare: dict[str, str]) -> None:
    done = command_in(folder, bare, [str(programs / "python")])("-c", "import harness; print(harness.__file__)")
    assert Path(done.out).is_relative_to(programs.parent)


def test_own_file(here: Linbench) -> None:
    done = here("try", "houses.csv", "--target", "price", *TWO)
    assert done.code == 0, done.err
    assert "2 of 2 backends are right on this dataset: numpy_lstsq and scipy_lstsq (" in narrow(done.out)


def test_own_function_and_why_it_differs(here: Linbench) -> None:
    done = here("try", "houses.csv", "--target", "price", "--with", "mine.py:fit", "--backend", "numpy_lstsq")
    assert done.code == 0, done.err
    said = narrow(done.out)
    assert re.search(r"mine.py:fit is [0-9.,]+ standard errors off on houses and reports success", said)
    assert "Why: the model has no intercept; add an intercept (a column of ones)." in said


def test_two_libraries_differ_and_why(here: Linbench) -> None:
    assert here("try", "nist_filip", "--backend", "numpy_lstsq", "--backend", "sklearn_ols").code == 0
    done = here("explain", "sklearn_ols")
    assert done.code == 0, done.err
    assert "keeps every singular value" in " ".join(done.out.split())


CELL = """
import pandas
from harness import try_
found = try_(pandas.read_csv("houses.csv"), y="price", backends=["numpy_lstsq"], progress=False)
assert "numpy_lstsq" in found._repr_html_()
print(found)
print(found.frame()["verdict"].tolist())
"""


def test_a_frame_in_a_notebook(folder: Path, programs: Path, bare: dict[str, str]) -> None:
    done = command_in(folder, bare, [str(programs / "python")])("-c", CELL)
    assert done.code == 0, done.err
    assert "numpy_lstsq   best possible" in done.out
    assert done.out.splitlines()[-1] == "['best_possible']"
    narrow(done.out)


def test_only_these_two_backends(here: Linbench) -> None:
    done = here("try", "houses.csv", "price ~ area + rooms", *TWO)
    assert done.code == 0, done.err
    names = [line.split()[0] for line in done.out.splitlines() if "best possible" in line]
    assert sorted(names) == ["numpy_lstsq", "scipy_lstsq"]
    rows = json.loads(here("show", "--format", "json").out)["rows"]
    assert {row["backend"] for row in rows} == {"numpy_lstsq", "scipy_lstsq"}


def test_which_is_fastest_at_17_digits(here: Linbench) -> None:
    done = here("try", "houses.csv", "--target", "price", "--backend", "scratch_ols", *TWO)
    assert done.code == 0, done.err
    (whole,) = [line for line in done.out.splitlines() if line.lstrip().startswith("scratch_ols")]
    assert "17.0 of" in whole
    assert re.search(
        r"Fastest in its best sample, [0-9.]+ .s: [a-z_, ]+; 1 round cannot tell for sure", narrow(done.out)
    )


def test_three_sizes(here: Linbench) -> None:
    done = here("try", "synthetic", "--set", "n_samples=[100,1000,10000]", *TWO)
    assert done.code == 0, done.err
    assert "right on all 3 datasets" in narrow(done.out)
    found = here("scaling")
    assert found.code == 0
    assert "3: 100 × 10 … 10,000 × 10" in narrow(found.out)


def test_several_targets_are_predicted_from_what_is_none(here: Linbench) -> None:
    done = here("try", "houses.csv", "--target", "price", "--target", "rent", "--backend", "numpy_lstsq")
    assert done.code == 0, done.err
    rows = json.loads(here("show", "--format", "json").out)["rows"]
    assert {row["dataset_label"]: row["features"] for row in rows} == {
        "houses[target=price]": ["area", "rooms"],
        "houses[target=rent]": ["area", "rooms"],
    }


def test_coefficients_by_the_names_of_their_columns(saved: Linbench) -> None:
    words = ("show", "--report", "coefficients", "--format")
    found = {(each["column"], each["backend"]): each["coefficient"] for each in json.loads(saved(*words, "json").out)}
    assert [*dict.fromkeys(column for column, _ in found)] == ["intercept", "area", "rooms"]
    assert found["area", "numpy_lstsq"] == pytest.approx(2, abs=0.1)
    header, first, *_ = saved(*words, "csv").out.splitlines()
    assert (header, first.partition(",")[0]) == ("column,backend,coefficient", "intercept")
    assert "| area | numpy_lstsq | " in saved(*words, "markdown").out
    narrow(saved(*words, "text").out)


def test_save_and_rerun(saved: Linbench, folder: Path) -> None:
    assert 'formula = "price ~ area + rooms"' in (folder / "houses.toml").read_text()
    done = saved("show")
    assert done.code == 0, done.err
    assert "2 cases on 1 dataset: 2 ok" in narrow(done.out)


def test_compare_with_last_week(saved: Linbench) -> None:
    done = saved("compare")
    assert done.code == 0, done.err
    said = narrow(done.out)
    assert "every row: houses, cpu, float64; number seconds; verdict undecided; too few rounds: 1 and 1;" in said
    assert "it takes 6 per side" in said
    names = re.findall(r"^  (\w+) {3,}", done.out, re.MULTILINE)
    assert names == ["case", "numpy_lstsq", "scipy_lstsq"]
    first, second = re.findall(r"[0-9]{8}T[0-9]{6}Z-houses-[0-9a-f]{4}", done.out)[-2:]
    assert first < second


def test_open_the_report(saved: Linbench, folder: Path) -> None:
    done = saved("report")
    assert done.code == 0, done.err
    assert "are right on this dataset" in (folder / done.out.strip()).read_text()


def test_a_first_run_has_nothing_to_be_compared_with(tmp_path: Path, programs: Path, bare: dict[str, str]) -> None:
    alone = command_in(tmp_path, bare, [str(programs / "linbench")])
    write_houses(tmp_path)
    assert alone("try", "houses.csv", "--target", "price", "--backend", "numpy_lstsq").code == 0
    done = alone("compare")
    assert done.code == 4
    assert "has the same cases; run it again, or name two runs" in done.err
