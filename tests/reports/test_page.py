"""The report of a run: whole, offline, and harmless whatever a run holds."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import LinbenchError
from harness.judgement import Scores
from harness.reports.page import build
from harness.reports.page.build import filters
from harness.reports.page.heatmap import WORDS
from harness.reports.page.overview import Overview, unique_slugs
from harness.reports.page.whole import whole_folder
from harness.results import ExplanationRecord, Measurement, Run, load_run
from tests.conftest import Linbench
from tests.reports.test_plots_style import contrast
from tests.support.runs import header, measured, write_run

NASTY = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
FORMULA = "=cmd|' /C calc'!A0"
PLOTLY = "plotly.min.js"
SCORES = Scores({"digits": 15.25, "loss_train": 0.0162, "excess_loss": 0.0})


def run_of(*measurements: Measurement) -> Run:
    return Run(Path("r.jsonl"), header(10, [each.case for each in measurements]), measurements, None)


def solved(backend: str, *seconds: float) -> Measurement:
    return Measurement(
        case=f"d/{backend}/cpu/float64", round=0, status="ok", seconds=seconds, coef=(1.0, 2.0), intercept=0.5,
        scores=SCORES,
    )  # fmt: skip


LOST = Measurement(case="d/lost/cpu/float64", round=0, status="crashed", reason="killed by SIGSEGV")
RUN = run_of(solved("slow", 2e-3, 3e-3), solved("fast", 1e-3), LOST)


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def attributes(self, tag: str, name: str) -> list[str]:
        return [value for each, attrs in self.tags if each == tag and (value := attrs.get(name)) is not None]


def page_of(run: Run, folder: Path) -> tuple[str, Page]:
    text = build(run, folder).read_text(encoding="utf-8")
    return text, Page(text)


def test_every_row_and_reason_is_there(tmp_path: Path) -> None:
    _, page = page_of(RUN, tmp_path / "page")
    words = " ".join(page.words)
    for each in (
        "fast",
        "slow",
        "lost",
        "killed by SIGSEGV",
        "2.50 ms",
        "interrupted",
        "A processor, 2 cores",
        "16.0 GiB",
    ):
        assert each in words
    order = ["What was found", "All verdicts", "One dataset at a time", "What failed", "What ran"]
    assert sorted(order, key=words.rindex) == order


def test_no_heading_leaves_out_a_level(tmp_path: Path) -> None:
    _, page = page_of(RUN, tmp_path / "page")
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert {1, 2, 3, 4, 5} == {*levels}
    assert [(above, below) for above, below in pairwise(levels) if below > above + 1] == []


def test_words_on_the_colours_of_the_map_can_be_read(tmp_path: Path) -> None:
    page_of(RUN, tmp_path / "page")
    style = (tmp_path / "page/report.css").read_text()
    colours = re.findall(r"key \.(\w+) \{ background: (#\w{6}); color: (#\w{6});", style)
    assert {name for name, *_ in colours} < {*WORDS}
    assert len(colours) == 7
    assert [name for name, ground, ink in colours if contrast(ground, ink) < 4.5] == []


def test_nothing_beyond_its_folder_is_asked_for(tmp_path: Path) -> None:
    text, page = page_of(RUN, tmp_path / "page")
    assert not re.findall(r"https?://", text)
    asked = [*page.attributes("script", "src"), *page.attributes("link", "href")]
    assert sorted(asked) == sorted(each.name for each in (tmp_path / "page").iterdir() if each.name != "index.html")
    assert PLOTLY in asked
    (policy,) = [attrs["content"] for tag, attrs in page.tags if "http-equiv" in attrs]
    assert policy is not None
    assert policy.startswith("default-src 'none'; script-src 'self' file:;")
    assert not [attrs for _, attrs in page.tags if any(name.startswith("on") for name in attrs)]


def test_names_and_reasons_show_as_text(tmp_path: Path) -> None:
    name = NASTY.replace("/", "")
    bad = Measurement(case=f"d/{name}/cpu/float64", round=0, status="error", reason=NASTY + FORMULA)
    good = Measurement(case=f"{name}/x/cpu/float64", round=0, status="ok", seconds=(1.0,), coef=(1.0,), scores=SCORES)
    _, plain = page_of(RUN, tmp_path / "plain")
    _, page = page_of(run_of(bad, good), tmp_path / "page")
    assert len(page.attributes("script", "src")) == len(plain.attributes("script", "src"))
    assert {attrs.get("type") for tag, attrs in page.tags if tag == "script" and "src" not in attrs} == {
        "application/json"
    }
    assert not [tag for tag, _ in page.tags if tag == "img"]
    assert NASTY + FORMULA in "".join(page.words)


@pytest.mark.parametrize("text", ["</script><script>", "<!--", "&amp;", "\u2028\u2029", "\x00\ud7ff", "\\u003c"])
def test_no_text_ends_the_element_that_data_stand_in(text: str) -> None:
    embedded = filters()["json_script"]({"text": text, "bad": [float("nan"), float("inf")]})
    assert not any(each in embedded for each in ("</", "<!", "\u2028", "\u2029"))
    assert json.loads(embedded) == {"text": text, "bad": [None, None]}


def test_versions_stand_by_environment(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    lines = [
        measured(rng, "d/b/cpu/float64", versions={"numpy": "2.4.6"}),
        measured(rng, "d/b/cpu/float64/old", versions={"numpy": "1.26.4", "numba": "0.60"}),
    ]
    overview = Overview(load_run(write_run(tmp_path, 0, lines)))
    assert overview.versions == {"default": "numpy 2.4.6", "old": "numba 0.60 · numpy 1.26.4"}


def test_a_run_without_a_single_number_says_so(tmp_path: Path) -> None:
    lost = Measurement(case="d/lost/cpu/float64", round=0, status="crashed", reason="boom")
    _, page = page_of(run_of(lost), tmp_path / "page")
    words = " ".join(page.words)
    assert "No row has both digits and a time." in words
    assert "Agreement needs two rows with coefficients." in words


def test_a_run_in_which_no_case_was_reached(tmp_path: Path) -> None:
    run = RUN
    _, page = page_of(Run(run.path, run.header, (), None), tmp_path / "page")
    words = " ".join(page.words)
    assert "3 not reached" in words
    assert "No case was reached." in words


def test_cases_that_failed_alike_stand_together() -> None:
    lost = [Measurement(case=f"d/{i}/cpu/float64", round=0, status="crashed", reason="boom") for i in range(3)]
    other = Measurement(case="d/other/cpu/float64", round=0, status="timeout", reason="after 60 s")
    failures = Overview(run_of(*lost, other)).failures
    assert [(each.status, each.reason, len(each.cases)) for each in failures] == [
        ("crashed", "boom", 3), ("timeout", "after 60 s", 1),
    ]  # fmt: skip


def test_every_column_of_numbers_is_sorted_by_them(tmp_path: Path) -> None:
    text, _ = page_of(RUN, tmp_path / "page")
    rows = re.findall(r"<tr id=[^>]*><th scope=\"row\".*?</tr>", text)
    times = [re.findall(r'<td data-sort="([^"]*)">(?:1.00|2.50) ms<', row) for row in rows]
    assert times == [["0.001"], ["0.0025"], []]


@pytest.mark.parametrize(("seconds", "words"), [(9.6, "10 s"), (59.0, "59 s"), (300, "5 min"), (5400, "1 h 30 min")])
def test_how_long_it_took(seconds: float, words: str) -> None:
    end = f"2026-01-01T{10 + int(seconds // 3600):02}:{int(seconds // 60) % 60:02}:{seconds % 60:06.3f}Z"
    facts = Overview(replace(RUN, finished=end)).facts
    assert facts["Finished"].endswith(f"after {words}")
    assert facts["Started"] == "2026-01-01 10:00:00 UTC"
    assert Overview(RUN).facts["Finished"] == "no: interrupted"


def test_a_report_of_an_earlier_version_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "figures.js").write_text("// its script went by another name")
    build(RUN, tmp_path)
    assert not (tmp_path / "figures.js").exists()
    assert (tmp_path / "plots.js").is_file()


def test_a_folder_is_replaced_whole(tmp_path: Path) -> None:
    folder = tmp_path / "deep/page"
    for words in ("first", "second"):
        with whole_folder(folder, ("a",)) as fresh:
            (fresh / "a").write_text(words)
            assert not folder.exists() or (folder / "a").read_text() == "first"
        assert (folder / "a").read_text() == words
    assert [each.name for each in folder.parent.iterdir()] == ["page"]


def test_a_folder_is_left_as_it_was_when_writing_fails(tmp_path: Path) -> None:
    with whole_folder(tmp_path / "page", ("a",)) as fresh:
        (fresh / "a").write_text("first")

    def fail() -> None:
        with whole_folder(tmp_path / "page", ("a",)) as fresh:
            (fresh / "a").write_text("half")
            raise OSError(28, "No space left on device")

    with pytest.raises(LinbenchError, match="No space left on device"):
        fail()
    assert (tmp_path / "page/a").read_text() == "first"
    assert [each.name for each in tmp_path.iterdir()] == ["page"]


def test_what_somebody_else_put_there_is_never_lost(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(LinbenchError, match=r"thesis\.tex"):
        build(RUN, tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["thesis.tex"]


def test_the_command_names_the_page(linbench: Linbench, in_process: Linbench, tmp_path: Path) -> None:
    write_run(tmp_path / "results/runs", 0, [measured(np.random.default_rng(0))])
    done = linbench("report")
    assert done.code == 0, done.err
    path = tmp_path / done.out.strip()
    assert path.is_file()
    assert path.stat().st_size < 500_000
    elsewhere = in_process("report", "latest", "--out", tmp_path / "mine")
    assert elsewhere.out.strip() == str(tmp_path / "mine/index.html")
    assert (tmp_path / "mine" / PLOTLY).is_file()


def test_of_several_runs_the_last_is_reported(in_process: Linbench, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    runs = tmp_path / "results/runs"
    paths = [write_run(runs, hours, [measured(rng, samples=8)]) for hours in (0, 1, 2)]
    damaged = runs / "20250101T000000Z-speed-0000.jsonl"
    damaged.write_text("not a run\n")
    done = in_process("report", damaged, paths[2].stem, paths[0], paths[1])
    assert done.code == 0, done.err
    page = Page((tmp_path / done.out.strip()).read_text())
    assert paths[1].stem in done.out
    words = " ".join(page.words)
    assert "3 runs" in words
    assert damaged.name in words, "what could not be read is said"
    alone = Page((tmp_path / in_process("report", paths[1], "--out", tmp_path / "alone").out.strip()).read_text())
    assert "Only one run was given" in " ".join(alone.words)


def test_the_run_that_is_reported_must_be_readable(in_process: Linbench, tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_text("not a run\n")
    done = in_process("report", tmp_path / "bad.jsonl")
    assert done.code == 2
    assert "not a run of linbench" in done.err
    assert done.out == ""


def test_a_folder_that_cannot_be_written(in_process: Linbench, tmp_path: Path) -> None:
    write_run(tmp_path / "results/runs", 0, [measured(np.random.default_rng(0))])
    (tmp_path / "file").write_text("")
    for folder in ("file/page", "file"):
        done = in_process("report", "--out", tmp_path / folder)
        assert done.code == 2
        assert "--out" in done.err
        assert len(done.err.strip().splitlines()) == 1


def test_the_report_of_sixty_cases_is_small(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    cases = [f"data{i % 6}/backend{i // 6}/cpu/float64" for i in range(60)]
    path = write_run(
        tmp_path / "runs", 0, [measured(rng, case, round_, samples=200) for round_ in (0, 1) for case in cases]
    )
    page = build(load_run(path), tmp_path / "page")
    size = sum(each.stat().st_size for each in page.parent.iterdir() if each.name != PLOTLY)
    assert size < 6_000_000


def test_thirty_datasets_by_eight_backends_are_one_page(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    scores = {"digits": 0.2, "verdict": "wrong", "error_in_se": 26.0, "measured_in": "standard errors"}
    cases = [f"data{i}/backend{j}/cpu/float64" for i in range(30) for j in range(8)]
    path = write_run(tmp_path / "runs", 0, [measured(rng, case, samples=50, scores=scores) for case in cases])
    text, page = page_of(load_run(path), tmp_path / "page")
    assert sum(each.stat().st_size for each in (tmp_path / "page").iterdir()) < 8_000_000
    shown = [attrs["id"] for tag, attrs in page.tags if tag == "article" and "chosen" in (attrs["class"] or "")]
    assert shown == ["dataset-data0"]
    heat = text.partition('<table class="heat')[2].partition("</table>")[0]
    assert heat.count('<td class="wrong"') == 240
    found = "".join(page.words).partition("What was found")[2]
    assert "is 26 standard errors off" in found[:100]


def test_a_case_can_be_linked_to_and_measured_again(tmp_path: Path) -> None:
    text, page = page_of(RUN, tmp_path / "page")
    anchors = page.attributes("tr", "id")
    assert sorted(anchors) == ["case-d-fast-cpu-float64", "case-d-lost-cpu-float64", "case-d-slow-cpu-float64"]
    assert {f"#{each}" for each in anchors} <= set(page.attributes("a", "href"))
    assert "linbench run speed --only d/fast/cpu/float64 --rounds 1 --threads 1" in page.attributes(
        "tr", "data-command"
    )
    assert "linbench run speed --only d/ --rounds 1 --threads 1" in text


def test_names_alike_once_simplified_keep_anchors_of_their_own() -> None:
    assert unique_slugs("case", ["a/b", "a b", "ü"]) == {"a/b": "case-a-b", "a b": "case-a-b-2", "ü": "case"}


def wrong_and_sure(*cases: str) -> Run:
    scores = Scores({"digits": 0.2, "verdict": "wrong", "measured_in": "standard errors", "error_in_se": 40.0})
    return run_of(*(replace(solved("fast", 1e-3), case=case, scores=scores) for case in cases))


def test_why_a_case_lacks_digits_stands_under_what_was_found(tmp_path: Path) -> None:
    run = wrong_and_sure("d/fast/cpu/float64", "e/fast/cpu/float64")
    said = ("e/fast: 0.2 of 15.0 attainable digits.", f"Cause: {NASTY}")
    explained = ExplanationRecord(case="e/fast/cpu/float64", explained="2026-01-01T00:00:00Z", cause=None, said=said)
    text = build(replace(run, explanations=(explained,)), tmp_path / "page").read_text(encoding="utf-8")
    found = text[text.index('id="findings"') : text.index('id="overview"')]
    assert "Why: e/fast" in found
    assert said[0] in found
    assert NASTY not in text
    assert "linbench explain d/fast/cpu/float64" in found, "the other one nobody has explained"


def test_the_worst_case_that_nobody_explained_has_its_command() -> None:
    run = wrong_and_sure("d/fast/cpu/float64")
    overview = Overview(run)
    assert overview.unexplained == f"linbench explain d/fast/cpu/float64 --run {run.id} --keep"
    explained = ExplanationRecord(case="d/fast/cpu/float64", explained="", cause=None, said=("Because.",))
    assert Overview(replace(run, explanations=(explained,))).unexplained == ""
    assert Overview(RUN).unexplained == ""


@given(st.lists(st.sampled_from(["<", "/", "!", "-", ">", "script", "\\", "\u2028", '"', "a"])).map("".join))
def test_no_text_ends_the_script_that_holds_a_plot(text: str) -> None:
    markup = filters()["json_script"]({"name": text, "x": [float("nan")]})
    assert not any(each in markup for each in ("</", "<!", "\u2028"))
    assert json.loads(markup) == {"name": text, "x": [None]}
