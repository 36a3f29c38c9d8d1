"""Environments in a suite file: where cases run, and what a stranger's file may not ask for."""

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.requirements import Requirement

from harness.config import Suite, load_suite
from harness.environments import Environment, environment_from_record
from harness.environments.requirements import check_requirement
from harness.errors import LinbenchError, SuiteError
from tests.conftest import Linbench

DATASET = '[[dataset]]\nuse = "advertising"\n'
BACKEND = '[[backend]]\nuse = "numpy_lstsq"\n'
ONE = '[[environment]]\nname = "one"\nrequires = ["scikit-learn==1.0"]\n'
TWO = '[[environment]]\nname = "two"\nrequires = ["scikit-learn==2.0"]\npython = "3.12"\n'


def suite(tmp_path: Path, text: str, *, any_requirement: bool = False) -> Suite:
    path = tmp_path / "s.toml"
    path.write_text(f'name = "s"\n{text}')
    return load_suite(path, any_requirement=any_requirement)


def ids(of: Suite) -> list[str]:
    return [case.id.partition("/")[2] for case in of.cases]


def test_every_backend_runs_in_every_environment(tmp_path: Path) -> None:
    found = suite(tmp_path, DATASET + BACKEND + ONE + TWO)
    assert ids(found) == ["numpy_lstsq/cpu/float64/one", "numpy_lstsq/cpu/float64/two"]
    assert found.environments == (
        Environment("one", ("scikit-learn==1.0",)),
        Environment("two", ("scikit-learn==2.0",), "3.12"),
    )


def test_without_environments_it_is_this_one(tmp_path: Path) -> None:
    found = suite(tmp_path, DATASET + BACKEND)
    assert (ids(found), found.environments) == (["numpy_lstsq/cpu/float64"], ())


def test_a_backend_says_where_it_runs(tmp_path: Path) -> None:
    own = '[[backend]]\nuse = "scratch_ols"\nenvironments = ["default", "two"]\n'
    found = suite(tmp_path, DATASET + own + BACKEND + ONE + TWO)
    assert ids(found) == [
        "scratch_ols/cpu/float64",
        "scratch_ols/cpu/float64/two",
        "numpy_lstsq/cpu/float64/one",
        "numpy_lstsq/cpu/float64/two",
    ]


def test_a_suite_says_where_the_others_run(tmp_path: Path) -> None:
    found = suite(tmp_path, 'environments = ["default", "one"]\n' + DATASET + BACKEND + ONE + TWO)
    assert ids(found) == ["numpy_lstsq/cpu/float64", "numpy_lstsq/cpu/float64/one"]
    assert [each.name for each in found.used_environments] == ["one"], "two is not built"


def test_a_dataset_says_its_precisions_and_a_backend_which_of_them(tmp_path: Path) -> None:
    dataset = '[[dataset]]\nuse = "linear"\ndtypes = ["float32"]\n'
    both = '[[backend]]\nuse = "scratch_ols"\ndtypes = ["float64", "float32"]\n'
    double = '[[backend]]\nuse = "scipy_lstsq"\ndtypes = ["float64"]\n'
    found = [case.id for case in suite(tmp_path, DATASET + dataset + BACKEND + both + double).cases]
    assert found == [
        "advertising/numpy_lstsq/cpu/float64",
        "advertising/scratch_ols/cpu/float64",
        "advertising/scratch_ols/cpu/float32",
        "advertising/scipy_lstsq/cpu/float64",
        "linear/numpy_lstsq/cpu/float32",
        "linear/scratch_ols/cpu/float32",
    ]


def test_what_a_run_says_of_its_environments_makes_them_again(tmp_path: Path) -> None:
    found = suite(tmp_path, DATASET + BACKEND + ONE + TWO)
    assert tuple(map(environment_from_record, [each.record for each in found.environments])) == found.environments


def test_a_run_file_may_ask_for_no_more_than_a_suite(tmp_path: Path) -> None:
    record = Environment("one", ("x @ file:///x",), anything=True).record
    with pytest.raises(LinbenchError, match="'one' cannot be made again: requires: got 'x @ file:///x'"):
        environment_from_record(record)
    with pytest.raises(LinbenchError, match="another commit's code"):
        environment_from_record(Environment("one", backends=tmp_path).record)


# name: (text of an environment, what its message must hold)
BAD = {
    "no name": ('requires = ["x"]', ["environment[1].name: the key is missing"]),
    "the name that is taken": ('name = "default"', ["s.toml:7: environment[1].name", "'default'"]),
    "a path for a name": ('name = "../up"', ["environment[1].name", "'../up'", "wanted letters"]),
    "a slash in a name": ('name = "a/b"', ["environment[1].name", "'a/b'"]),
    "an empty name": ('name = ""', ["environment[1].name", "''"]),
    "the same name twice": ('name = "a"\n[[environment]]\nname = "a"', ["s.toml:9: environment[2].name", "'a' again"]),
    "a text for requires": ('name = "a"\nrequires = "x==1"', ["s.toml:8: environment[1].requires", "list"]),
    "no version": ('name = "a"\nrequires = ["x=1"]', ["s.toml:8: environment[1].requires: got 'x=1', wanted"]),
    "a number for python": ('name = "a"\npython = 3.12', ["s.toml:8: environment[1].python", "3.12", "string"]),
    "a python too old": ('name = "a"\npython = "3.10"', ["environment[1].python: got '3.10', wanted", "from 3.11 on"]),
    "a path for python": ('name = "a"\npython = "/bin/sh"', ["environment[1].python", "'/bin/sh'"]),
    "an unknown key": ('name = "a"\nrequire = ["x"]', ["environment[1].require", "no such key", "'requires'"]),
    "one table": ('name = "a"', ["environment", "write [[environment]]"]),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_environment(name: str, tmp_path: Path) -> None:
    text, words = BAD[name]
    header = "[environment]" if name == "one table" else "[[environment]]"
    with pytest.raises(SuiteError) as caught:
        suite(tmp_path, DATASET + BACKEND + f"{header}\n{text}\n")
    for word in words:
        assert word in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('environments = ["on"]\n' + DATASET + BACKEND + ONE, "s.toml:2: environments"),
        (DATASET + BACKEND + 'environments = ["on"]\n' + ONE, "s.toml:6: backend[1].environments"),
    ],
)
def test_an_environment_that_is_not_there(text: str, place: str, tmp_path: Path) -> None:
    with pytest.raises(SuiteError) as caught:
        suite(tmp_path, text)
    assert place in str(caught.value)
    assert "did you mean 'one'?" in str(caught.value)


CODE = [
    "evil @ https://example.org/evil.whl",
    "evil@file:///tmp/evil",
    "https://example.org/evil.whl",
    "git+https://example.org/evil.git",
    "./evil",
    "/tmp/evil",
    "../evil.whl",
    "evil.whl/",
]
"""What could run a stranger's code; taken with the flag alone."""

NEVER = [
    "--index-url https://example.org",
    "--index-url=https://example.org",
    "-r /etc/passwd",
    "-e .",
    "-cfile",
    " --pre",
    "x==1 --config-settings=a=b",
    "x==1\n--index-url https://example.org",
    "x==1\r-r y",
    "x==1\x0b--pre",
    "x \\",
    "x # ${HOME}",
    "https://example.org/${TOKEN}",
    "",
    "  ",
]
"""What no flag lets through."""


@pytest.mark.parametrize(
    "text", [*CODE, *NEVER, "x; rm -rf ~", "x && rm", "x==1; $(rm)", "x==1 | sh", "x`rm`", "x==", "==1"]
)
def test_a_requirement_that_is_more_than_a_name_and_versions_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^got .*, wanted"):
        check_requirement(text)
    with pytest.raises(ValueError, match=r"^requires: got"):
        Environment("a", (text,))


@pytest.mark.parametrize("text", NEVER)
def test_no_flag_lets_an_option_through(text: str) -> None:
    with pytest.raises(ValueError, match="never accepted"):
        check_requirement(text, anything=True)


@pytest.mark.parametrize("text", CODE)
def test_a_flag_lets_urls_and_paths_through(text: str) -> None:
    with pytest.raises(ValueError, match=r"--allow-any-requirement"):
        check_requirement(text)
    check_requirement(text, anything=True)


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "scikit-learn==1.5.2",
        "a.b_c >=1,<2",
        "x[extra,more]~=1.0",
        'x==1; python_version < "3.13"',
        "x!=1.*",
        "x===1",
    ],
)
def test_a_name_with_extras_versions_and_a_marker_is_taken(text: str) -> None:
    check_requirement(text)


@settings(derandomize=True, deadline=None, max_examples=300)
@given(st.text(alphabet="x-=1.@:/ ;[]<>~!,\n\\#$\"'{}", max_size=12))
def test_whatever_is_taken_is_a_name_from_the_index_on_a_line_of_its_own(text: str) -> None:
    try:
        check_requirement(text)
    except ValueError:
        return
    assert Requirement(text).url is None
    assert text.strip()[0].isalnum()
    assert len(text.splitlines()) == 1


def trap(folder: Path) -> dict[str, str]:
    """A path on which every installer and interpreter there could be writes down that it was run."""
    folder.mkdir()
    for name in ("uv", "pip", "python3.12"):
        program = folder / name
        program.write_text(f"#!/bin/sh\necho {name} >> {folder}/was-run\nexit 1\n")
        program.chmod(0o755)
    return {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", "LINBENCH_CACHE": str(folder / "cache")}


def test_what_only_validates_or_lists_runs_and_builds_nothing(
    linbench: Linbench, environment: dict[str, str], tmp_path: Path
) -> None:
    environment.update(trap(tmp_path / "trap"))
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "s.toml").write_text('name = "s"\n' + DATASET + BACKEND + ONE + TWO)
    done = linbench("validate", "s")
    assert (done.code, done.out.split()) == (
        0,
        [f"advertising/numpy_lstsq/cpu/float64/{name}" for name in ("one", "two")],
    )
    assert linbench("list").code == 0
    assert sorted(each.name for each in (tmp_path / "trap").iterdir()) == ["pip", "python3.12", "uv"]
    assert linbench("run", "s").code == 4, "the trap itself works"
    assert "uv" in (tmp_path / "trap" / "was-run").read_text()


@pytest.mark.parametrize("verb", ["validate", "run"])
def test_a_strangers_requirement_is_one_line_and_exit_code_2(linbench: Linbench, tmp_path: Path, verb: str) -> None:
    (tmp_path / "s.toml").write_text(
        'name = "s"\n' + DATASET + BACKEND + ONE.replace("scikit-learn==1.0", "x @ file:///x")
    )
    done = linbench(verb, "s.toml")
    assert (done.code, done.out) == (2, "")
    assert len(done.err.splitlines()) == 1
    assert done.err.startswith("linbench: s.toml:8: environment[1].requires: got 'x @ file:///x', wanted")
    assert "--allow-any-requirement" in done.err


def test_the_flag_is_there(linbench: Linbench, environment: dict[str, str], tmp_path: Path) -> None:
    environment.update(trap(tmp_path / "trap"))
    (tmp_path / "s.toml").write_text(
        'name = "s"\n' + DATASET + BACKEND + ONE.replace("scikit-learn==1.0", "x @ file:///x")
    )
    done = linbench("run", "s.toml", "--allow-any-requirement", "--format", "json")
    assert done.code == 4, "it went on to the installer, which is a trap"
    assert "environment one cannot be built" in done.rows()["numpy_lstsq"]["reason"]
    assert shutil.which("uv", path=str(tmp_path / "trap"))
