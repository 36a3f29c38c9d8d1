"""The releases judged and the answer told, over measurements made by hand."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.bisect import Bisection, Metric, ReleaseVerdict, bisect
from harness.bisect.judge import LOOKS
from harness.config import Plan
from harness.records import json_text
from harness.reports.layout import lay_out
from harness.reports.sheets.bisection import bisection, release_text
from harness.results import Run
from harness.revisions import Library as Repository
from harness.revisions.library import LibraryCommit
from tests.bisect.test_releases import WHEEL, alone  # noqa: F401 - a fixture
from tests.support import runs
from tests.support.libraries import Library, sixty_commits

CASE = "nist_wampler1/sklearn_ols/cpu/float64"
TEN = [f"1.{i}" for i in range(10)]

What = Mapping[str, Any]


class World:
    """Measures releases as a table says they are; keeps what was asked for."""

    def __init__(self, table: Mapping[str, What], noise: float = 0.01) -> None:
        self.table = table
        self.noise = noise
        self.asked: list[tuple[tuple[str, ...], int]] = []
        self.rng = np.random.default_rng(7)

    def __call__(self, releases: Sequence[str], rounds: int) -> dict[str, Run]:
        self.asked.append((tuple(releases), rounds))
        return {release: self.run(release, rounds) for release in releases}

    def run(self, release: str, rounds: int) -> Run:
        measurements = tuple(
            runs.measured(self.rng, CASE, i, noise=self.noise, **self.numbers(release)) for i in range(rounds)
        )
        header = runs.header(len(self.asked), [CASE], plan=Plan(rounds=rounds), run=f"{len(self.asked)}:{release}")
        return Run(Path("x"), header, measurements, "then")

    def numbers(self, release: str) -> dict[str, Any]:
        given = dict(self.table.get(release, {}))
        versions = {**runs.VERSIONS, "scikit-learn": release, **given.pop("versions", {})}
        status = given.get("status", "ok")
        if status in ("missing", "error", "crashed", "timeout"):
            return {"seconds": 1.0, "samples": 0, "scores": {}, "versions": versions, **given}
        return {"digits": 9.0, "versions": versions, **given}


def lost(first_bad: str, digits: float = 0.2, **others: What) -> dict[str, What]:
    """A world in which digits are lost from a release on."""
    bad = TEN[TEN.index(first_bad) :]
    return {**{release: {"digits": digits} for release in bad}, **others}


def find(world: World, releases: Sequence[str] = TEN, **options: Any) -> Bisection:
    return bisect(releases, world, package="scikit-learn", case=CASE, **options)


def told(found: Bisection) -> str:
    return "\n".join(line.text for line in bisection(found).after)


@pytest.mark.parametrize("first_bad", TEN[1:])
def test_the_release_that_lost_digits(first_bad: str) -> None:
    world = World(lost(first_bad))
    found = find(world)
    good = TEN[TEN.index(first_bad) - 1]
    assert found.outcome == "found"
    assert found.suspects == (first_bad,)
    assert found.sides is not None
    assert [(each.release, each.digits) for each in found.sides] == [(good, 9.0), (first_bad, 0.2)]
    assert world.asked[:2] == [(("1.0",), 1), (("1.9",), 1)]
    assert all(rounds == 1 and len(releases) == 1 for releases, rounds in world.asked)
    assert len(world.asked) <= 2 + 4
    assert told(found).startswith(f"scikit-learn {first_bad} is the first release that is worse (10 releases, ")


def test_the_answer_has_the_numbers_of_both_sides_and_of_the_ends() -> None:
    table = {**lost("1.6"), "1.5": {"digits": 8.8}, "1.9": {"digits": 0.4}}
    text = told(find(World(table)))
    assert "\n  last good  1.5: 8.8 digits, " in text
    assert "\n  first bad  1.6: 0.2 digits, " in text
    assert "numpy 2.4.6, python 3.11.7, scikit-learn 1.6" in text
    ends = text.splitlines()[-1]
    assert ends.startswith("  the ends   9.0 digits, ")
    assert " in 1.0 → 0.4 digits, " in ends
    assert ends.endswith(" in 1.9")


def test_why_the_first_one_lacks_digits_stands_with_its_numbers() -> None:
    found = replace(find(World(lost("1.6"))), explained=("It has 0.2 digits.", "Single precision is the cause."))
    lines = told(found).splitlines()
    at = lines.index("  why        It has 0.2 digits.")
    assert lines[at + 1] == "             Single precision is the cause."
    assert lines[at + 2].startswith("  the ends ")
    assert found.record()["explained"] == list(found.explained)


def test_another_library_that_changed_too_is_said() -> None:
    newer = {"digits": 0.2, "versions": {"numpy": "9.9"}}
    text = told(find(World({"1.8": newer, "1.9": newer})))
    assert "more than one library changed between the two: numpy, scikit-learn" in text
    assert "more than one" not in told(find(World(lost("1.6"))))


def test_half_a_digit_is_no_loss() -> None:
    found = find(World(lost("1.4", digits=8.6)))
    assert found.outcome == "none"
    assert found.suspects == ()
    assert told(found).startswith("scikit-learn is not worse at the end than at the beginning; ")


def test_more_digits_are_no_loss() -> None:
    assert find(World(lost("1.4", digits=15.0))).outcome == "none"


def test_what_was_mended_by_the_end_is_no_loss_from_end_to_end() -> None:
    world = World({release: {"digits": 0.9} for release in ("1.3", "1.4", "1.5", "1.6")})
    assert find(world).outcome == "none"
    assert find(world, TEN[:6]).suspects == ("1.3",)


def test_a_worse_status_is_a_loss() -> None:
    found = find(World(lost("1.7", digits=9.0, **{each: {"status": "diverged"} for each in TEN[7:]})))
    assert found.suspects == ("1.7",)
    assert found.first_bad is not None
    assert [each.verdict for each in found.first_bad.judgements if each.kind == "status"] == ["worse"]
    assert "ok → diverged" in release_text(found.first_bad)


@pytest.mark.parametrize("status", ["missing", "error", "crashed", "unsupported"])
def test_what_does_not_run_is_stepped_around(status: str) -> None:
    stopped = {"status": status, "reason": "no wheel"}
    found = find(World({**lost("1.6"), "1.4": stopped, "1.5": stopped}))
    assert found.outcome == "range"
    assert found.suspects == ("1.4", "1.5", "1.6")
    assert found.sides is not None
    assert [each.release for each in found.sides] == ["1.3", "1.6"]
    assert "is one of 1.4, 1.5, 1.6; only the last of them could be judged" in told(found)
    skipped = next(step for step in found.steps if step.word == "skipped")
    assert skipped.reason == f"{status}: no wheel"
    assert release_text(skipped) == f"{skipped.new.release}: skipped, {skipped.reason}"


def test_ends_that_do_not_run_are_stepped_around() -> None:
    stopped = {"status": "crashed", "reason": "killed by SIGSEGV"}
    found = find(World({**lost("1.4"), "1.0": stopped, "1.1": stopped, "1.9": stopped}))
    assert found.suspects == ("1.4",)
    assert found.ends is not None
    assert [step.new.release for step in found.ends] == ["1.2", "1.8"]


@pytest.mark.parametrize(("runs_", "words"), [((), "no release runs"), (("1.5",), "only one release runs")])
def test_nothing_to_compare(runs_: Sequence[str], words: str) -> None:
    stopped = {"status": "missing", "reason": "no wheel"}
    found = find(World({release: stopped for release in TEN if release not in runs_}))
    assert found.outcome == "nothing"
    assert words in told(found)
    assert found.sides is None


@pytest.mark.parametrize("first_bad", ["1.1", "1.5", "1.9"])
def test_the_release_that_got_slower_is_found_in_turn_with_the_good_end(first_bad: str) -> None:
    table = {release: {"seconds": 1.2e-3} for release in TEN[TEN.index(first_bad) :]}
    world = World(table)
    found = find(world, metric="seconds")
    assert found.suspects == (first_bad,)
    assert world.asked[0] == (("1.0",), 1)
    assert all(releases[0] == "1.0" and len(releases) == 2 and rounds == 12 for releases, rounds in world.asked[1:])
    (time,) = [each for each in found.first_bad.judgements if each.kind == "seconds"] if found.first_bad else []
    assert time.verdict == "worse"
    assert time.effect == pytest.approx(0.2, abs=0.04)
    assert found.sides is not None
    assert found.sides[1].seconds is not None
    assert found.sides[1].seconds.rounds == 12


def test_the_good_end_beside_the_bad_one_speaks_for_itself() -> None:
    """The first measurement of the good end is of one round; beside the bad one it has as many as that."""
    found = find(World({"1.1": {"seconds": 2e-3}}), TEN[:2], metric="seconds")
    assert found.sides is not None
    assert [each.seconds and each.seconds.rounds for each in found.sides] == [12, 12]


def test_a_time_that_does_not_tell_is_measured_again_and_then_said_to_be_so() -> None:
    world = World({"1.1": {"seconds": 1.02e-3}}, noise=0.05)
    found = find(world, TEN[:2], metric="seconds", rounds=5)
    assert found.outcome == "undecided"
    assert world.asked == [(("1.0",), 1), *[(("1.0", "1.1"), rounds) for rounds in (5, 5, 10, 20)]]
    step = found.steps[-1]
    assert step.new.seconds is not None
    assert step.new.seconds.rounds == 5 * 2 ** (LOOKS - 1)
    assert "give more --rounds" in told(found)


def test_measured_again_it_may_tell() -> None:
    """8 % slower under a noise of 5 %: five rounds a side are too few, ten or fifteen are not."""
    world = World({"1.1": {"seconds": 1.09e-3}}, noise=0.05)
    found = find(world, TEN[:2], metric="seconds", rounds=6)
    assert found.suspects == ("1.1",)
    assert len(world.asked) > 2


@pytest.mark.parametrize("first_bad", ["1.1", "1.4", "1.8"])
def test_four_per_cent_under_noise_are_one_release_and_no_suspect_more(first_bad: str) -> None:
    world = World({release: {"seconds": 1.04e-3} for release in TEN[TEN.index(first_bad) :]}, noise=0.02)
    assert find(world, metric="seconds").suspects == (first_bad,)


def sixty(folder: Path) -> tuple[list[LibraryCommit], dict[str, What]]:
    """The commits of the fixture, and what measuring each would give: 4 % more time from the 21st on."""
    library = Library(folder / "lib")
    ids = sixty_commits(library)
    commits = Repository(library.path).commits(ids["step 1"], "main")
    place = {each.subject: i for i, each in enumerate(commits)}
    broken = {"step 31", "step 32", "step 46"}
    table: dict[str, What] = {}
    for each in commits:
        has = each.ancestors >> place["step 21"] & 1, each.ancestors >> place["side 3"] & 1
        numbers = {"seconds": 1.04e-3 if has[0] else 1e-3, "digits": 7.5 if has[1] else 13.6}
        table[each.label] = {"status": "missing"} if each.subject in broken else numbers
    return commits, table


@pytest.mark.parametrize(("metric", "culprit"), [("seconds", "step 21"), ("digits", "side 3")])
def test_each_culprit_of_the_sixty_commits_is_named_in_eight_builds(
    tmp_path: Path, metric: Metric, culprit: str
) -> None:
    """Of a library as `tests.benchmarks.bisect_sixty` builds and times it; a commit that does not build is no build."""
    commits, table = sixty(tmp_path)
    world = World(table, noise=0.02)
    found = bisect(commits, world, package="lib", case=CASE, metric=metric)
    named = [found.commit(each) for each in found.suspects]
    assert [each.subject for each in named if each] == [culprit]
    measured = {release for releases, _ in world.asked for release in releases}
    assert len([each for each in measured if "status" not in table[each]]) <= 8


def test_what_is_surely_not_slower_is_good_however_uncertain() -> None:
    """Eight per cent faster, give or take twelve: the gate cannot tell how much, which is not the question."""
    world = World({"1.1": {"seconds": 0.92e-3}}, noise=0.05)
    world.rng = np.random.default_rng(0)
    found = find(world, TEN[:2], metric="seconds", rounds=6)
    assert found.outcome == "none"
    assert len(world.asked) == 2
    (time,) = [each for each in found.steps[-1].judgements if each.kind == "seconds"]
    assert time.verdict == "undecided"
    assert found.steps[-1].reason.startswith("faster by an uncertain amount, but not slower; ")


def test_identical_releases_are_never_told_apart() -> None:
    words = []
    for seed in range(40):
        world = World({}, noise=0.02)
        world.rng = np.random.default_rng(seed)
        words += [step.word for step in find(world, TEN[:2], metric="seconds").steps[1:]]
    assert "bad" not in words


def test_a_timeout_is_slower() -> None:
    found = find(World({each: {"status": "timeout", "reason": "took long"} for each in TEN[8:]}), metric="seconds")
    assert found.suspects == ("1.8",)


def test_steps_are_told_as_they_are_taken() -> None:
    steps: list[ReleaseVerdict] = []
    found = find(World(lost("1.6")), tell=steps.append)
    assert tuple(steps) == found.steps
    assert release_text(steps[0]).startswith("1.0: good, the good end: 9.0 digits, ")
    assert release_text(steps[1]).startswith("1.9: bad, 9.0 → 0.2 digits")
    assert [step.new.release for step in steps] == ["1.0", "1.9", "1.5", "1.7", "1.6"]


def test_the_text_has_every_step_and_the_json_every_figure() -> None:
    found = find(World(lost("1.6")))
    text = lay_out(bisection(found), "text")
    assert all(f" {step.new.release} " in text for step in found.steps)
    record = json.loads(json_text(found.record()))
    assert record["outcome"] == "found"
    assert (record["last_good"]["release"], record["last_good"]["digits"]) == ("1.5", 9.0)
    assert (record["first_bad"]["release"], record["first_bad"]["digits"]) == ("1.6", 0.2)
    assert record["first_bad"]["versions"]["scikit-learn"] == "1.6"
    assert record["suspects"] == ["1.6"]
    assert [step["word"] for step in record["steps"]] == ["good", "bad", "good", "bad", "bad"]
    assert record["steps"][1]["old"]["digits"] == 9.0
