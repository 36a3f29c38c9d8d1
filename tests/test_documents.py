"""The documents are held to the program: what there is stands in them, what stands in them is there and runs."""

import re
import shlex
import shutil
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
import pytest
import typer
from pydantic import TypeAdapter
from typer.testing import CliRunner

from backends.base import Backend
from harness.bisect.bisection import Bisection, ReleaseResult, ReleaseVerdict
from harness.bisect.search import Found
from harness.catalog import backend_class, backend_names, dataset_class, dataset_names, module_names, suite_names
from harness.cli import app
from harness.config import GateTable, Plan, load_suite
from harness.config.outline import EnvironmentTable, Outline, Precisions, Where
from harness.datasets.base import Dataset
from harness.explain import Identified, Question, given, identify
from harness.explain.changes import Change
from harness.explain.explanation import Explanation
from harness.explain.graded import Graded
from harness.explain.trial import Trial
from harness.exports import base as exports
from harness.history.points import History, LibrarySummary, Place, Point, RunSummary, Series, Skipped, Step
from harness.judgement import Score, scores
from harness.machine import Machine, Roof
from harness.reports import layout, sheets
from harness.results import CostRecord, Measurement, ProblemRecord, Row, RunHeader
from harness.results.run import ExplanationLine, FinishedLine, ProblemLine, Run, load_run
from harness.scaling.family import Family, Growth
from harness.scaling.law import Law
from tests.support.caches import fresh_cache
from tests.support.comparisons import both, timed
from tests.support.paths import ROOT
from tests.support.runs import key
from tests.test_architecture import LEVELS

DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("*/README.md"), *ROOT.glob("*/*/README.md")])
BACKENDS, CONFIGS, HARNESS, COMMAND, RESULTS, TOP = (
    (ROOT / name).read_text()
    for name in (
        "backends/README.md", "configs/README.md", "harness/README.md", "harness/cli/README.md", "results/README.md",
        "README.md",
    )
)  # fmt: skip
BASELINE = ROOT / "results/baselines/default.jsonl"

root: Any = typer.main.get_command(app)
VERBS: dict[str, Any] = root.commands
UsageError = cast("type[Exception]", typer.BadParameter.__mro__[1])
"""Click's, wherever this Typer has it from."""


def names_in(text: str) -> set[str]:
    """What stands between backticks, and each word of it."""
    quoted = re.findall(r"`([^`\n]+)`", text)
    return {*quoted, *(word for each in quoted for word in re.findall(r"[\w-]+", each))}


def rows_of(text: str) -> Iterator[tuple[set[str], str]]:
    """The lines of the tables: the names in the first column, and the line."""
    for line in text.splitlines():
        if line.startswith("| `"):
            yield names_in(line.split("|")[1]), line


def row_of(text: str, name: str) -> str:
    found = [line for names, line in rows_of(text) if name in names]
    assert found, f"{name} has no row"
    return "\n".join(found)


class Block(NamedTuple):
    """A block of code in a document."""

    path: Path
    language: str
    text: str


def blocks() -> list[Block]:
    fence = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    indented = re.compile(r"(?:^ {4}\S.*\n)+", re.MULTILINE)
    found = [Block(path, *match.groups()) for path in DOCUMENTS for match in fence.finditer(path.read_text())]
    for path in DOCUMENTS:
        rest = fence.sub("", path.read_text())
        found += [Block(path, "", match[0].replace("    ", "", 1)) for match in indented.finditer(rest)]
    return found


BLOCKS = blocks()


def test_the_root_readme_is_a_page() -> None:
    assert len(TOP.splitlines()) <= 120


# ---- what there is stands in a document


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_and_option_is_documented(verb: str) -> None:
    assert verb in names_in(TOP), "the root README names every verb"
    assert verb in names_in(COMMAND)
    for option in VERBS[verb].params:
        if option.param_type_name != "option" or option.hidden:
            continue
        for spelling in (*option.opts, *option.secondary_opts):
            assert spelling in names_in(COMMAND), f"{verb} {spelling}"


@pytest.mark.parametrize("name", [name for name in backend_names() if not name.startswith("fake_")])
def test_every_backend_is_documented_with_its_options_and_library(name: str) -> None:
    row = row_of(BACKENDS, name)
    for each in fields(backend_class(name)):
        assert each.name in names_in(row), f"{name}: {each.name}"


def test_no_backend_is_documented_that_is_not_there() -> None:
    table = BACKENDS[BACKENDS.index("## The built-in backends") :]
    named = {name for names, _ in rows_of(table) for name in names}
    assert named == set(module_names("backends"))


@pytest.mark.parametrize("name", dataset_names())
def test_every_dataset_is_documented_with_its_options(name: str) -> None:
    row = row_of(CONFIGS[CONFIGS.index("## The datasets") :], name)
    shared = names_in(CONFIGS[CONFIGS.index("## The datasets") :]) if "options below" in row else set()
    own = {each.name for each in fields(dataset_class(name))} - {each.name for each in fields(Dataset)}
    for option in own:
        assert option in names_in(row) | shared, f"{name}: {option}"


def test_every_shared_option_of_a_dataset_is_documented() -> None:
    for each in fields(Dataset):
        assert f"| `{each.name}` |" in CONFIGS, each.name


@pytest.mark.parametrize("model", [Outline, Plan, EnvironmentTable, GateTable, Where, Precisions])
def test_every_key_of_a_suite_is_documented(model: Any) -> None:
    documented = {name for names, _ in rows_of(CONFIGS) for name in names}
    for name in model.model_fields:
        assert name in documented, name


@pytest.mark.parametrize("name", suite_names())
def test_every_suite_is_documented(name: str) -> None:
    assert name in names_in(CONFIGS)


def test_every_export_format_and_layout_is_documented() -> None:
    documented = names_in(COMMAND)
    assert {*exports.names(), *layout.names()} <= documented


def test_the_map_is_that_of_the_imports() -> None:
    rows = re.findall(r"^\| (\d) \| `(\w+?)(?:/|\.py)` \|", HARNESS, re.MULTILINE)
    assert rows == [(str(level), name) for level, names in enumerate(LEVELS) for name in names]
    modules = {path.stem for path in ROOT.glob("harness/*.py")} | {
        path.parent.name for path in ROOT.glob("harness/*/*.py")
    }
    assert {name for _, name in rows} == modules - {"__init__"}


# ---- JSON keys, taken from the records themselves


BY_NAME = frozenset(
    {"versions", "pools", "options", "dataset_options", "counts", "left_out", "versions_changed", "coef"}
)
"""Keys under which the names are those of libraries, options, columns or verdicts, not keys of ours."""


def schema_keys(schema: object) -> Iterator[str]:
    """Every key of a record and of the records in it."""
    if isinstance(schema, Mapping):
        properties = schema.get("properties")
        yield from properties if isinstance(properties, Mapping) else ()
        for each in schema.values():
            yield from schema_keys(each)
    elif isinstance(schema, list):
        for each in schema:
            yield from schema_keys(each)


def keys_of(value: object) -> Iterator[str]:
    """Every key of a JSON value, but for those that are data."""
    if isinstance(value, Mapping):
        for name, each in value.items():
            yield str(name)
            yield from () if name in BY_NAME else keys_of(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from keys_of(each)


def a_history() -> History:
    summary = RunSummary("a", "speed", "2026", Machine(id="one"), load_run(BASELINE).header.commit, 1, 2)
    place = Place(0, "ab12", "1.0", "2026-01-01T00:00:00+00:00", "a change")
    point = Point(summary, "ok", 1, 1.0, 1.0, 1.0, 15.0, 1, 1, '{"numpy": "2.4.6"}', frozenset({"one"}), place)
    step = Step(
        quantity="time", before=point, after=point, level_before=1.0, level_after=2.0, effect=1.0, low=0.9, high=1.1,
        p=0.001, runs_before=5, runs_after=5, new_machine=False,
    )  # fmt: skip
    case = key("linear/scratch_ols/cpu/float64")
    series, skipped = Series(case, "0123", 1, (point,), (step,)), Skipped(Path("b.jsonl"), "torn")
    return History((series,), (summary,), (skipped,), LibrarySummary("lib", (place,), ()))


def a_bisection(run: Run) -> Bisection:
    timing = run.rows[0].timing
    good, bad = (
        ReleaseResult(release=release, status="ok", reason="", digits=9.0, seconds=timing, versions={"numpy": "2.4.6"})
        for release in ("1", "2")
    )
    judgements = both(timed(), timed()).cases[0].judgements
    steps = (
        ReleaseVerdict(word="good", new=good),
        ReleaseVerdict(word="bad", new=bad, old=good, judgements=judgements),
    )
    found = Found(good=0, bad=1, end=1)
    return Bisection(package="x", case="y", metric="digits", releases=("1", "2"), steps=steps, found=found)


def an_identification() -> Identified:
    X = np.column_stack([np.arange(6.0), np.arange(6.0), np.arange(6.0) ** 2])
    return identify(Question(X, np.arange(6.0) ** 3, ("a", "b", "c"), "y"), given("1, 2, 3", ("a", "b", "c"), "4"))


def an_explanation() -> Explanation:
    graded = Graded("ok", "", 1.0, 9.0, 1e6, "wrong")
    change = Change("tol=0", "keeps every singular value", "setting", "tol", lambda case: case)
    found, year = an_identification(), np.arange(1990.0, 2020)
    question = Question(np.column_stack([year, year**2]), np.sin(year), ("year", "year2"), "y")
    trials = (Trial((change,), graded, 0.0, 0.0),)
    return Explanation("x", "x", "y", graded, None, found, question, 1.0, trials, against=("z", graded))


def a_scaling() -> object:
    """One whose law has everything: what a call costs, two powers and a jump, with the rates of a known machine."""
    roof = Roof(threads=1, flops_per_second={"float32": 8e9, "float64": 4e9}, bytes_per_second=1e9)
    case = key("normal/scratch_ols/cpu/float64")
    cost = CostRecord(flops=1.0, bytes=1.0)
    measurement = replace(timed(case.id)[0], cost=cost)
    problem = ProblemRecord(dataset_label="normal", dtype="float64", data="0", n_samples=9, n_features=2)
    family = Family("normal", "scratch_ols/cpu/float64", (Row(case, (measurement,), problem),))
    law = Law(("n", "d"), np.zeros(5), np.eye(5), freedom=9, variance=1.0, has_overhead=True, step=1000.0)
    return Growth(family, "time", family.points("time"), law, roof).record()


def json_keys() -> set[str]:
    """Every key of a run file and of what the verbs print as JSON."""
    run = load_run(BASELINE)
    found = {"crc32"}
    for kind in (RunHeader, ProblemLine, Measurement, FinishedLine, ExplanationLine):
        found.update(schema_keys(TypeAdapter(kind).json_schema(by_alias=True)))
    records: Iterable[object] = (
        run.record(),
        sheets.find("agreement").record(run),  # type: ignore[misc]
        both(timed(), timed()).record(),
        a_history().record(),
        a_bisection(run).record(),
        an_identification().record(),
        an_explanation().record(),
        a_scaling(),
    )
    return found.union(*(keys_of(each) for each in records), scores())


def test_every_json_key_is_documented() -> None:
    keys = json_keys()
    assert len(keys) > 100
    assert keys - names_in(RESULTS) == set()


def test_no_json_key_is_documented_that_is_not_there() -> None:
    tables = RESULTS[RESULTS.index("## The run file") :]
    documented = {name for names, _ in rows_of(tables) for name in names}
    assert documented - json_keys() == set()


def test_every_case_of_the_comparison_has_all_thresholds() -> None:
    """So that the documented keys of ``gate`` are those of the record."""
    comparison = both(timed(), timed())
    assert set(comparison.record()["gate"]) == set(asdict(comparison.thresholds))


# ---- what stands in a document is there


WRITTEN_BY_THE_READER = frozenset({
    "backends/mine.py", ".github/workflows/linbench.yml", ".github/workflows/linbench-pages.yml", "houses.csv",
    "dist/linbench-0.1.0-py3-none-any.whl",
})  # fmt: skip
"""Paths in examples."""


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_and_paths_lead_somewhere(path: Path) -> None:
    text = path.read_text()
    for target in re.findall(r"\]\(([^)\s#]+)\)", text):
        if "://" not in target:
            assert (path.parent / target).exists(), target
    for named in re.findall(r"`([\w.\-/]+/[\w.\-]+\.(?:py|md|toml|yml|txt|svg))`", text):
        if named not in WRITTEN_BY_THE_READER and "NAME" not in named:
            assert (ROOT / named).exists() or (path.parent / named).exists(), named


def options_in(text: str) -> set[str]:
    return set(re.findall(r"`(--[a-z][a-z-]+)[`\s=]", text))


def test_no_option_is_documented_that_is_not_there() -> None:
    known = {
        spelling
        for command in (root, *VERBS.values())
        for param in command.params
        for spelling in (*param.opts, *param.secondary_opts)
    }
    known.add("--help")
    for text in (TOP, COMMAND, CONFIGS, RESULTS):
        assert not options_in(text) - known


def commands() -> Iterator[tuple[Path, str, bool]]:
    """Every ``linbench`` command: its document, its words, and whether it is whole, as a line of a block is."""
    for block in BLOCKS:
        if block.language == "":
            for line in block.text.splitlines():
                for part in re.split(r";\s*|&\s+|\bdo\s", line.partition(" #")[0]):
                    if part.strip().removeprefix("$ ").startswith("linbench "):
                        yield block.path, part.strip().removeprefix("$ ").split(" 2>")[0], True
    for path in DOCUMENTS:
        for quoted in re.findall(r"`linbench ([^`]+)`", path.read_text().replace("\n", " ")):
            for words in quoted.split(" · "):  # run · show · list
                yield path, f"linbench {words}", False


COMMANDS = sorted({(str(path.relative_to(ROOT)), words, whole) for path, words, whole in commands()})


@pytest.mark.parametrize(("document", "words", "whole"), COMMANDS)
def test_every_command_is_understood(document: str, words: str, whole: bool) -> None:
    given = [each for each in shlex.split(words)[1:] if "…" not in each]
    if not given or given[0].startswith("-") or not given[0].islower():
        return  # the command itself, or VERB
    assert given[0] in VERBS, words
    command = VERBS[given[0]]
    arguments = ["2" if each == "N" else each for each in given[1:]]
    refused = refusal(command, given[0], arguments)
    lacking = type(refused).__name__ == "MissingParameter" or "requires an argument" in str(refused)
    assert refused is None or (lacking and not whole), f"{document}: {words}: {refused}"


def refusal(command: Any, name: str, arguments: list[str]) -> Exception | None:
    """Why the verb does not take these arguments."""
    try:
        command.make_context(name, arguments)
    except typer.Exit:  # --help
        return None
    except UsageError as error:
        return error
    return None


TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def test_every_make_target_is_there() -> None:
    quoted = [match for path in DOCUMENTS for match in re.findall(r"`make ([^`]+)`", path.read_text())]
    lines = [line[5:] for block in BLOCKS for line in block.text.splitlines() if line.startswith("make ")]
    assert len(quoted) > 5
    for words in (*quoted, *lines):
        for target in re.findall(r"^[a-z ]+", words.partition("#")[0])[0].split():
            assert target in TARGETS, words


CHEAP = {"list", "validate", "show", "report", "export", "accept", "check", "history"}
"""Verbs that measure nothing: ``check`` of a run that equals its baseline has nothing to measure again."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the documents' commands run: with a run, its baseline, and the suite of the first example."""
    (tmp_path / "results/runs").mkdir(parents=True)
    shutil.copy(BASELINE, tmp_path / "results/runs" / f"{load_run(BASELINE).id}.jsonl")
    shutil.copytree(BASELINE.parent, tmp_path / "results/baselines")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LINBENCH_CACHE", str(fresh_cache(tmp_path / "cache")))
    return tmp_path


def test_the_cheap_commands_run(folder: Path) -> None:
    wanting = re.compile(r"--static|\b[A-Z]{2,}\b")  # a browser, or the reader's own run
    lines = [words for _, words, whole in COMMANDS if whole and words.split()[1] in CHEAP and not wanting.search(words)]
    assert len(lines) > 8
    for words in lines:
        done = CliRunner().invoke(app, shlex.split(words)[1:])
        assert done.exit_code == 0, f"{words}: {done.output[-500:]} {done.exception}"


def tables(text: str) -> dict[str, Any]:
    return tomllib.loads(text)


SUITES = [
    block.text for block in BLOCKS if block.language == "toml" and {"dataset", "backend"} <= set(tables(block.text))
]


@pytest.mark.parametrize("text", SUITES)
def test_every_suite_in_a_document_is_valid(text: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    (tmp_path / "mine.py").write_text("def fit(X, y): ...\n")
    assert load_suite(str(path)).cases


def test_there_are_suites_in_the_documents() -> None:
    assert len(SUITES) >= 2
    for block in BLOCKS:
        if block.language == "toml":
            tables(block.text)


PYTHON = [block for block in BLOCKS if block.language == "python"]


@pytest.mark.parametrize("block", PYTHON, ids=lambda block: str(block.path.relative_to(ROOT)))
def test_every_python_example_runs(block: Block, folder: Path) -> None:
    names: dict[str, Any] = {"__name__": "example"}
    exec(compile(block.text, str(block.path), "exec", dont_inherit=True), names)
    made = [
        each for each in names.values() if isinstance(each, type) and issubclass(each, Backend) and each is not Backend
    ]
    for kind in made:
        assert kind()
    assert made or any(isinstance(each, Score | Run) for each in names.values())
