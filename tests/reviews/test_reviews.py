"""A comparison for a reviewer, in every format: within the limits of who shows it, and no name leaves its place."""

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import UnknownName, UsageError
from harness.records import from_values
from harness.reviews import Compared, Place, names, review
from harness.reviews.annotations import MOST, MOST_OF_A_KIND
from harness.reviews.checks import MOST_ANNOTATIONS
from harness.reviews.comment import MARKER, MOST_CHARACTERS, MOST_LINES
from harness.reviews.sarif import MOST_RESULTS
from tests.conftest import Linbench
from tests.support.comparisons import both, slowed, timed

HOSTILE = (
    "`; rm -rf ~ # ::error::x\r\n<!-- linbench -->@everyone <script> %0A ]]> | [x](javascript:y) \u202e\x00\x1b[2J"
)
COMMIT = "0123456789abcdef0123456789abcdef01234567"
AT = Place(link="https://example.org/run/1", commit=COMMIT)

hostile = st.text() | st.just(HOSTILE) | st.text("`<>&%:,\"'\n\r\x00\x1b\u202e-!", max_size=40)


def compared(**changes: Any) -> Compared:
    empty = {"old": "main", "new": "topic", "verdict": "same", "alarm": "", "cases": ()}
    return from_values(Compared, {**empty, **changes})


def worse(case: str, reason: str = "", alarm: str = "fail", **changes: Any) -> dict[str, Any]:
    number = {"kind": "seconds", "verdict": "worse", "effect": 0.1, "low": 0.08, "high": 0.12, "visible": 0.03}
    told = ({**number, "reason": reason, "alarm": alarm},)
    return {"case": case, "verdict": "worse", "alarm": alarm, "judgements": told, **changes}


def many(count: int = 500) -> Compared:
    cases = tuple(worse(f"case{i}", "x" * 5000) for i in range(count))
    return compared(cases=cases, unsettled="y" * 9000, alarm="fail", verdict="worse")


def real() -> Compared:
    found = both(timed(), timed(times=slowed(1.1)), side_by_side=True)
    return from_values(Compared, found.record())


def told_json(found: Compared, name: str) -> Any:
    return json.loads(review(found, name, AT))


def test_a_comment_says_the_verdict_first_and_what_changed_with_its_interval() -> None:
    lines = review(real(), "comment", AT).splitlines()
    assert lines[0] == MARKER
    assert lines[1] == "🔴 **linbench: worse** (1 worse; 1 fails)"
    assert re.fullmatch(r"- 🔴 `linear/\S+`: `seconds \+10\.0% \(\+.*% … \+.*%\), worse`", lines[3])
    assert re.fullmatch("`[^`]+-0000` → `[^`]+-0000`", lines[5]), "each time has changed: nothing could be missed"
    assert lines[-1] == "[All of it](https://example.org/run/1)"


def still(case: str, visible: float | None, **changes: Any) -> dict[str, Any]:
    digits = {"kind": "digits", "verdict": "same", "alarm": "", "visible": 1.43}
    time = {"kind": "seconds", "verdict": "undecided", "alarm": "", "visible": visible, **changes}
    return {"case": case, "verdict": "undecided", "alarm": "", "judgements": (digits, time)}


@pytest.mark.parametrize(
    ("cases", "told"),
    [
        ((still("a", 0.02), still("b", 0.02)), "Slowdowns under 2.0% could not be seen."),
        ((still("a", 0.02), still("b", 0.05), still("c", 0.1)), "under 5.0% (half of the cases) to 10.0% could not be"),
        ((still("a", 0.02), still("b", None)), "under 2.0% could not be seen. In 1 of 2 cases none could be."),
        ((still("a", None),), "No slowdown could have been seen: too few rounds, or no times."),
        ((still("a", 0.02), worse("b")), "Slowdowns under 2.0% could not be seen."),
    ],
)
def test_what_could_not_be_seen_is_said_of_times_alone(cases: tuple[dict[str, Any], ...], told: str) -> None:
    """Digits have a least visible change, too: 1.43 of them are no 143 %."""
    assert told in review(compared(cases=cases), "comment", AT)


def test_what_is_as_undecided_as_most_that_did_not_change_warns_nobody() -> None:
    found = compared(cases=(still("a", 0.02),), verdict="undecided")
    assert review(found, "annotations", AT) == ""
    assert "`a`" not in review(found, "comment", AT)
    assert told_json(found, "sarif")["runs"][0]["results"] == []
    for odd in (still("a", 0.02, suspect=True), still("a", None)):
        assert review(compared(cases=(odd,)), "annotations", AT).startswith("::warning ")


def test_the_sides_are_called_by_their_commits() -> None:
    found = compared(old="20261127T0739Z-x-95f1:v1.1@97132331a886", new="20261127T0739Z-x-95f1:side/`a:b@7f06a8d52720")
    assert review(found, "comment", AT).splitlines()[-2] == "`v1.1@97132331a886` → `side/'a:b@7f06a8d52720`"
    assert "`a:1` → `b:1`" in review(compared(old="a:1", new="b:1"), "comment", AT)


def test_a_warning_looks_like_one_everywhere() -> None:
    cases = (worse("a", alarm="warn"), worse("b", alarm="note", accepted="exact sums (abc)"))
    found = compared(cases=cases, verdict="worse", alarm="warn")
    comment = review(found, "comment", AT)
    assert "🟠 **linbench: worse** (2 worse; 1 warns)" in comment
    assert comment.index("🟠 `a`") < comment.index("🔵 `b`")
    assert [line.partition(" ")[0] for line in review(found, "annotations", AT).splitlines()] == [
        "::warning", "::notice",
    ]  # fmt: skip
    (body,) = told_json(found, "checks")
    assert body["conclusion"] == "neutral"
    assert [each["annotation_level"] for each in body["output"]["annotations"]] == ["warning", "notice"]
    one, two = told_json(found, "sarif")["runs"][0]["results"]
    assert (one["level"], two["level"]) == ("warning", "note")
    assert two["suppressions"][0]["justification"] == "exact sums (abc)"
    assert not list(ET.fromstring(review(found, "junit", AT)).iter("failure"))


def test_a_comment_keeps_to_its_limits() -> None:
    text = review(many(), "comment", AT)
    assert len(text.splitlines()) <= MOST_LINES
    assert len(text.encode()) < MOST_CHARACTERS
    assert "- and 489 more" in text


def test_annotations_are_as_many_as_are_shown() -> None:
    lines = review(many(), "annotations", AT).splitlines()
    assert len(lines) == MOST_OF_A_KIND + 1 <= MOST
    assert lines[9] == "::error title=linbench::and 491 more; the summary has them"
    assert lines[10].startswith("::warning title=linbench::yyy")


@pytest.mark.parametrize(("count", "bodies"), [(0, 1), (1, 1), (50, 1), (51, 2), (120, 3)])
def test_a_check_run_takes_fifty_annotations_in_each_request(count: int, bodies: int) -> None:
    sent = told_json(many(count), "checks")
    assert len(sent) == bodies
    annotations = [each for body in sent for each in body["output"]["annotations"]]
    assert len(annotations) == count
    for body in sent:
        output = body["output"]
        assert len(output["annotations"]) <= MOST_ANNOTATIONS
        assert len(output["title"]) <= 255
        assert len(output["summary"]) <= 65_535
    for each in annotations:
        assert set(each) == {"path", "start_line", "end_line", "annotation_level", "title", "message"}
        assert len(each["message"].encode()) <= 64 * 1024
        assert len(each["title"]) <= 255
    assert (sent[0]["name"], sent[0]["head_sha"], sent[0]["status"]) == ("linbench", COMMIT, "completed")


@pytest.mark.parametrize(
    ("found", "conclusion"),
    [
        (real(), "failure"),
        (compared(), "neutral"),
        (compared(cases=({"case": "a", "verdict": "same", "alarm": "", "judgements": (
            {"kind": "status", "verdict": "same", "alarm": ""},)},)), "success"),
        (compared(unsettled="most are slower"), "neutral"),
    ],
)  # fmt: skip
def test_a_check_concludes_as_the_exit_code_does(found: Compared, conclusion: str) -> None:
    assert told_json(found, "checks")[0]["conclusion"] == conclusion


def test_a_check_wants_a_full_commit() -> None:
    with pytest.raises(UsageError, match="wanted the full id"):
        review(compared(), "checks", Place(commit="0123abcd"))


def test_sarif_has_what_the_standard_asks_for() -> None:
    """Section 3.13 (a log), 3.14 (a run), 3.27 (a result), 3.49 (a rule)."""
    open_ = {"case": "u", "verdict": "undecided", "alarm": "", "judgements": ()}
    gone = {"case": "g", "verdict": "gone", "alarm": "fail", "reason": "not in the new run"}
    found = compared(cases=(worse("a"), open_, gone), unsettled="all are slower", alarm="fail", verdict="worse")
    log = told_json(found, "sarif")
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [each["id"] for each in rules] == ["unsettled", "seconds", "gone", "undecided"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["message"]["text"]
        assert result["level"] in ("none", "note", "warning", "error")
        assert (result.get("kind", "fail") == "fail") == (result["level"] != "none"), "section 3.27.10"
        (where,) = result["locations"]
        assert where["physicalLocation"]["artifactLocation"]["uri"] == "linbench.toml"
    marks = [each["partialFingerprints"]["linbenchCase/v1"] for each in run["results"]]
    assert len(set(marks)) == 4
    again = told_json(compared(cases=(worse("a", "another reason"),)), "sarif")["runs"][0]["results"]
    assert again[0]["partialFingerprints"]["linbenchCase/v1"] == marks[1]
    assert len(told_json(many(6000), "sarif")["runs"][0]["results"]) == MOST_RESULTS


def test_a_path_with_odd_letters_is_a_uri_in_sarif() -> None:
    text = review(real(), "sarif", Place(file="a b/ü%.toml"))
    assert '"uri": "a%20b/%C3%BC%25.toml"' in text


def test_junit_says_what_could_not_be_decided() -> None:
    document = ET.fromstring(review(compared(unsettled="all are slower", cases=(worse("a"),)), "junit", AT))
    assert {key: document.get(key) for key in ("tests", "failures", "skipped")} == {
        "tests": "2", "failures": "1", "skipped": "1",
    }  # fmt: skip


@given(hostile)
def test_no_name_leaves_its_place(name: str) -> None:
    found = compared(old=name, new=name, cases=(worse(name, name, accepted=name),), unsettled=name or "x")
    place = Place(link=name, file=name, commit=COMMIT)
    text = review(found, "comment", place)
    assert len(text.splitlines()) <= MOST_LINES
    for line in text.splitlines()[1:]:
        outside = re.sub(r"`[^`]*`", "", line)
        assert "`" not in outside
        assert not re.search(r"<|@|javascript", outside)
    for line in review(found, "annotations", place).split("\n"):
        assert len(line.splitlines()) == 1
        assert re.fullmatch(r"::(error|warning) title=[^:,]*::[^\n\r]*", line)
    bodies = json.loads(review(found, "checks", place))
    for each in bodies[0]["output"]["annotations"]:
        assert each["title"].isprintable() or not re.search(r"[\x00-\x1f\u202e]", each["title"])
    results = json.loads(review(found, "sarif", place))["runs"][0]["results"]
    assert not re.search(r"[\x00-\x1f\u202e]", results[-1]["message"]["text"])
    whole = ET.fromstring(review(found, "junit", place).encode())
    assert not re.search(r"[\x00-\x08\u202e]", "".join(whole.itertext()))


def test_what_could_not_be_decided_is_said() -> None:
    text = review(compared(unsettled="most times are slower"), "comment", AT)
    assert "**linbench: not decided**" in text
    assert "**Not decided:** `most times are slower`" in text
    long = f"{'most times are slower ' * 12}; this decides it: linbench compare --rev a --rev b default"
    assert "--rev b default`" in review(compared(unsettled=long), "comment", AT)


def test_every_format_is_one_of_the_verb_and_of_its_help(in_process: Linbench, tmp_path: Path) -> None:
    file = tmp_path / "c.json"
    file.write_text(json.dumps({"old": "a", "new": "b", "verdict": "worse", "alarm": "fail", "cases": [worse("x")]}))
    helped = in_process("review", "--help").out
    for name in names():
        assert name in helped
        done = in_process("review", file, "--format", name, "--commit", COMMIT)
        assert done.code == 0, done.err
        assert done.out.strip()
    assert in_process("review", file).out.startswith(MARKER)
    unknown = in_process("review", file, "--format", "sarfi")
    assert (unknown.code, "did you mean 'sarif'" in unknown.err) == (2, True)
    file.write_text("")
    nothing = in_process("review", file)
    assert (nothing.code, "nothing was compared" in nothing.out) == (0, True), "a comment from before would stay"
    file.write_text("[]")
    done = in_process("review", file)
    assert done.code == 2
    assert "not a comparison" in done.err
    with pytest.raises(UnknownName):
        review(compared(), "nothing", AT)
