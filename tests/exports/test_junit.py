"""JUnit XML of a run and of a check, read back by a parser."""

import xml.etree.ElementTree as ET
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.compare.comparison import Verdict
from harness.config import Alarm
from harness.exports.base import Outcome, export
from harness.exports.junit import _legal
from harness.results import Run
from tests.exports.conftest import ABSENT, FINE, LATE, LOST, NASTY, SLOW, WILD


def parsed(text: str | None) -> ET.Element:
    assert text is not None
    return ET.fromstring(text.encode())


def how(case: ET.Element) -> str:
    return next((each.tag for each in case if each.tag != "system-out"), "passed")


def cases(document: ET.Element) -> dict[str, ET.Element]:
    return {str(case.get("name")): case for case in document.iter("testcase")}


def test_each_case_of_a_run_ends_as_for_the_exit_code(run: Run) -> None:
    document = parsed(export(run, "junit"))
    assert {name: how(case) for name, case in cases(document).items()} == {
        FINE: "passed", SLOW: "passed", LATE: "error", LOST: "error", ABSENT: "skipped", WILD: "passed",
        NASTY.replace("\x00", "\ufffd").replace("\x1b", "\ufffd"): "passed",
    }  # fmt: skip
    error = cases(document)[LOST].find("error")
    assert error is not None
    assert (error.get("type"), error.get("message")) == (
        "crashed", "crashed: killed by SIGSEGV; its last words: <&\ufffd>",
    )  # fmt: skip
    assert (cases(document)[SLOW].findtext("system-out") or "").startswith("not_converged\ndigits 3.0\nmedian 2.")


def test_suites_are_datasets_and_the_counts_add_up(run: Run) -> None:
    document = parsed(export(run, "junit"))
    suites = document.findall("testsuite")
    assert [suite.get("name") for suite in suites][:2] == ["linear[n_features=3]", "pi_line"]
    for key, total in (("tests", 7), ("errors", 2), ("skipped", 1), ("failures", 0)):
        assert int(document.get(key, "")) == sum(int(suite.get(key, "")) for suite in suites) == total
    for element in (document, *suites):
        spent = sum(float(case.get("time", "")) for case in element.iter("testcase"))
        assert float(element.get("time", "")) == pytest.approx(spent, abs=1e-8)
    assert float(cases(document)[FINE].get("time", "")) == pytest.approx(sum(run.rows[0].samples), abs=1e-8)


def test_a_check_fails_what_is_worse_or_gone_and_skips_what_it_cannot_say(run: Run) -> None:
    verdicts = list(get_args(Verdict))
    alarms: dict[str, Alarm] = {"worse": "fail", "gone": "fail"}
    outcomes = [Outcome(f"d/{each}/cpu/float64", each, f"because {each}", alarms.get(each, "")) for each in verdicts]
    told = [*outcomes, Outcome(FINE, "worse", "12 % slower", "fail"), Outcome(SLOW, "worse", "3 % slower", "warn")]
    document = parsed(export(run, "junit", outcomes=told))
    ends = {name: how(case) for name, case in cases(document).items()}
    assert ends == {
        FINE: "failure",
        SLOW: "passed",
        **{
            f"d/{verdict}/cpu/float64": "failure" if verdict in ("worse", "gone")
            else "skipped" if verdict in ("undecided", "incomparable") else "passed"
            for verdict in verdicts
        },
    }  # fmt: skip
    assert (document.get("failures"), document.get("skipped"), document.get("errors")) == ("3", "2", "0")
    failure = cases(document)[FINE].find("failure")
    assert failure is not None
    assert (failure.get("type"), failure.get("message")) == ("worse", "worse: 12 % slower")
    assert (cases(document)[FINE].findtext("system-out") or "").startswith("ok\n")
    assert cases(document)["d/better/cpu/float64"].findtext("system-out") == "better: because better"


def test_an_empty_check_is_an_empty_document(run: Run) -> None:
    assert parsed(export(run, "junit", outcomes=[])).get("tests") == "0"


@settings(derandomize=True, deadline=None, max_examples=60)
@given(st.text())
def test_any_text_survives_a_parser_but_for_what_xml_cannot_say(text: str) -> None:
    case = ET.Element("testcase", name=_legal(text))
    back = ET.fromstring(ET.tostring(case, encoding="utf-8")).get("name")
    assert back == _legal(text)
    assert len(_legal(text)) == len(text)
