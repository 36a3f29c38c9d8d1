"""Commits of a library: built once in a copy, measured in turn, found by bisection."""

import importlib.util
import shutil
from pathlib import Path

import pytest

from harness.bisect.search import Word, search
from harness.environments.commands import BuildFailed
from harness.environments.source import Source
from harness.errors import UsageError
from harness.revisions import Library as Repository
from tests.benchmarks.identical_commits import RIGHT, verdicts
from tests.conftest import Linbench
from tests.support.libraries import Library, pure_files, sixty_commits
from tests.support.wheels import sklearn_files

SUITE = """
name = "mine"
[plan]
seconds = 0.01
[[dataset]]
use = "nist_longley"
[[backend]]
use = "sklearn_ols"
"""

can_compile = pytest.mark.skipif(
    shutil.which("gcc") is None or importlib.util.find_spec("setuptools") is None,
    reason="no gcc, or no setuptools",
)


def files(decimals: int) -> dict[str, str]:
    """A scikit-learn of nothing but Python, with so many decimals of the coefficients right."""
    return {**pure_files("sklearn", ""), **sklearn_files("1.0", decimals)}


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "lib")


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(SUITE)
    return path


@pytest.mark.parametrize("below", ["", "python/lib"])
def test_two_commits_are_compared_and_the_checkout_stays_as_it_was(
    linbench: Linbench, library: Library, mine: Path, below: str
) -> None:
    good = library.commit("good", files(17), below)
    library.commit("careless", files(3), below)
    before = library.state()
    where = ("--subdirectory", below) if below else ()
    asked = ("compare", "--library", library.path, *where, mine, "--rounds", "1", "--format", "json")
    done = linbench(*asked, "--rev", good, "--rev", "HEAD")
    assert done.code == 1, done.err
    (case,) = done.json()["cases"]
    (digits,) = [each for each in case["judgements"] if each["kind"] == "digits"]
    assert (digits["old"] > 9, digits["new"] < 5) == (True, True)
    again = linbench(*asked, "--rev", good, "--rev", good[:8])
    assert again.code == 0, again.err
    assert library.state() == before


def test_a_checkout_with_changes_is_compared_as_it_is(linbench: Linbench, library: Library, mine: Path) -> None:
    library.commit("good", files(17))
    library.write(files(3))
    before = library.state()
    done = linbench("compare", "--library", library.path, mine, "--rounds", "1", "--rev", "HEAD", "--rev", ".")
    assert done.code == 1, done.err
    assert library.state() == before


def test_a_commit_that_does_not_build_is_gone_with_the_reason(linbench: Linbench, library: Library, mine: Path) -> None:
    library.commit("good", files(17))
    library.commit("broken", {"own.py": "raise RuntimeError('no compiler today')\n"})
    done = linbench("compare", "--library", library.path, mine, "--rounds", "1", "--rev", "HEAD~1", "--rev", "HEAD")
    assert done.code == 1
    assert "RuntimeError: no compiler today" in " ".join(done.out.split())


def test_what_building_needs_must_be_here_unless_it_may_be_fetched(
    linbench: Linbench, library: Library, mine: Path
) -> None:
    project = '[build-system]\nrequires = ["no-such-tool>=3"]\nbuild-backend = "no_such"\n[project]\nname = "sklearn"\n'
    library.commit("odd", {**files(17), "pyproject.toml": project})
    done = linbench("compare", "--library", library.path, mine, "--rounds", "1", "--rev", "HEAD", "--rev", "HEAD")
    assert done.code == 4, "two sides that cannot be measured are not the same"
    assert "incomparable" in done.out
    assert "neither side could be measured" in done.err
    assert "building it needs no-such-tool>=3" in done.err
    assert "(--network)" in done.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("compare", "--library", ".", "a", "b"), "are for two commits"),
        (("bisect", "--case", "x"), "wanted one of a range of releases"),
        (("bisect", "numpy>2", "--library", ".", "--good", "x", "--case", "x"), "wanted one of a range of releases"),
    ],
)
def test_wrong_usage(in_process: Linbench, words: tuple[str, ...], told: str) -> None:
    done = in_process(*words)
    assert done.code == 2
    assert told in done.err


# Sources


def test_submodules_come_from_the_clones_at_hand(library: Library, tmp_path: Path) -> None:
    part = Library(tmp_path / "part")
    part.commit("part", {"code.c": "int x;\n"})
    library.git("-c", "protocol.file.allow=always", "submodule", "add", "--quiet", str(part.path), "vendored")
    with_part = library.commit("with part")
    shutil.rmtree(part.path)
    copy = Source(library.path, with_part).copy(tmp_path / "copy")
    assert (copy / "vendored" / "code.c").read_text() == "int x;\n"
    shutil.rmtree(library.path / ".git" / "modules")
    with pytest.raises(BuildFailed, match="submodule vendored is not here: run `git submodule update --init"):
        Source(library.path, with_part).copy(tmp_path / "other")


def test_a_state_has_one_key_and_another_state_another(library: Library) -> None:
    first = library.commit("one", {"a.py": "1\n", "b.py": "1\n"})
    clean = Source(library.path).key()
    assert clean == Source(library.path, first).key()
    library.write({"a.py": "2\n"})
    (library.path / "b.py").unlink()
    library.write({"new.py": "3\n"})
    changed = Source(library.path).key()
    assert changed != clean
    assert Source(library.path).key() == changed
    assert Source(library.path, first).key() == clean
    assert Source(library.path, first, "sub").key() != clean


def test_what_is_changed_new_or_gone_is_copied_as_it_is(library: Library, tmp_path: Path) -> None:
    library.commit("one", {"a.py": "1\n", "b.py": "1\n", ".gitignore": "*.so\n"})
    library.write({"a.py": "2\n", "new.py": "3\n", "old.so": "binary"})
    (library.path / "b.py").unlink()
    copy = Source(library.path).copy(tmp_path / "copy")
    names = {str(each.relative_to(copy)) for each in copy.rglob("*") if each.is_file() and ".git/" not in str(each)}
    assert names == {"a.py", "new.py", ".gitignore"}
    assert (copy / "a.py").read_text() == "2\n"


# Bisection over commits


def test_commits_are_in_the_order_of_their_ancestors(library: Library) -> None:
    ids = sixty_commits(library)
    found = Repository(library.path).commits(ids["step 1"], "main")
    assert len(found) == 60
    assert (found[0].subject, found[-1].subject) == ("step 1", "step 60")
    place = {each.subject: i for i, each in enumerate(found)}
    assert found[place["merge side"]].merge
    assert found[place["merge side"]].ancestors.bit_count() == 56
    assert not found[place["step 55"]].ancestors >> place["side 1"] & 1
    assert found[0].author_date == "2023-11-15T00:13:20+01:00"


@pytest.mark.parametrize(
    "subject", ["one\rtwo", "one\u2028two\x0bthree\x85", "`$(id)` \"'@{-1} <b>", "::error::%0A", "-"]
)
def test_a_subject_is_one_line_whatever_it_holds(library: Library, subject: str) -> None:
    first = library.commit("first")
    library.commit(subject)
    assert [each.subject for each in Repository(library.path).commits(first, "HEAD")] == ["first", subject]


def test_a_good_end_must_be_an_ancestor(library: Library) -> None:
    ids = sixty_commits(library)
    with pytest.raises(UsageError, match=f"both come from {ids['step 48'][:12]}, try that"):
        Repository(library.path).commits(ids["step 55"], "side")
    with pytest.raises(UsageError, match="--bad 'nowhere': no such commit"):
        Repository(library.path).commits("main", "nowhere")
    with pytest.raises(UsageError, match="are the same commit"):
        Repository(library.path).commits("main", "HEAD")
    library.git("checkout", "--quiet", "--orphan", "alone")
    library.commit("of no other")
    with pytest.raises(UsageError, match="they have no commit in common"):
        Repository(library.path).commits("main", "alone")


def test_any_culprit_among_sixty_commits_with_a_merge_is_named(library: Library) -> None:
    ids = sixty_commits(library)
    masks = [each.ancestors for each in Repository(library.path).commits(ids["step 1"], "main")]
    for culprit in range(1, 60):
        asked: list[int] = []

        def judge(i: int, culprit: int = culprit, asked: list[int] = asked) -> Word:
            asked.append(i)
            return "bad" if masks[i] >> culprit & 1 else "good"

        found = search(60, lambda i: True, judge, masks)
        assert (found.bad, found.between) == (culprit, ())
        assert len(asked) + 1 <= 9, "the ends among them"


@can_compile
def test_your_own_function_is_found_on_both_sides(linbench: Linbench, library: Library, tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text("import numpy\ndef fit(X, y):\n    return numpy.linalg.lstsq(X, y)[0]\n")
    (tmp_path / "mine.toml").write_text(SUITE.replace("sklearn_ols", "own.py:fit"))
    old = library.commit("one", files(17))
    asked = ("compare", "--library", library.path, "--rev", old, "--rev", old[:8], "--rounds", "1")
    done = linbench(*asked, tmp_path / "mine.toml", "--format", "json")
    (case,) = done.json()["cases"]
    assert {each["old"] for each in case["judgements"] if each["kind"] == "status"} == {"ok"}
    (tmp_path / "own.py").write_text("def fit(X, y):\n    raise ValueError('no')\n")
    failed = linbench(*asked, tmp_path / "mine.toml")
    assert (failed.code, "neither side could be measured" in failed.err) == (4, True)


@pytest.mark.slow
def test_identical_commits_get_no_verdict(tmp_path: Path) -> None:
    """One of the hundred comparisons of `tests.benchmarks.identical_commits`."""
    found = verdicts(tmp_path, 1)
    assert found["same"]
    assert set(found) <= RIGHT


@pytest.mark.slow
def test_the_commit_that_lost_digits_is_found_on_its_branch(
    linbench: Linbench, library: Library, mine: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    environment["LINBENCH_CACHE"] = str(tmp_path / "cache")
    ids = sixty_commits(library)
    before = library.state()
    done = linbench("bisect", "--library", library.path, "--good", ids["step 1"], "--bad", "main", "--suite", mine,
                    "--case", "nist_longley/sklearn_ols", "--format", "json")  # fmt: skip
    assert done.code == 1, done.err
    found = done.json()
    assert found["suspects"] == [ids["side 3"][:12]]
    assert found["commits"][0]["subject"] == "side 3"
    assert found["first_bad"]["digits"] < 8 < found["last_good"]["digits"]
    wheels = [*(tmp_path / "cache" / "environments" / "wheels").glob("*/*.whl")]
    assert len(wheels) <= 8
    assert library.state() == before
