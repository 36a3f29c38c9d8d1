"""A bad suite ends in one line that says where, what was got, what was wanted, and the nearest right name."""

import re
from pathlib import Path

import pytest

from harness.config import load_suite
from harness.errors import DatasetError, LinbenchError, SuiteError
from tests.conftest import Linbench

GOOD = """\
name = "small"
[plan]
seconds = 0.01
[[dataset]]
use = "advertising"
[[backend]]
use = "scratch_ols"
"""


def replaced(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new)


DATASET = 'use = "advertising"'
BACKEND = 'use = "scratch_ols"'

# name: (text of the file, what its message must hold)
BAD: dict[str, tuple[str, list[str]]] = {
    "not TOML": ("name = !", ["not TOML", "line 1"]),
    "not TOML either": (GOOD + "[[dataset]\n", ["not TOML"]),
    "a key twice": (replaced('name = "small"', 'name = "a"\nname = "b"'), ["not TOML"]),
    "empty": ("", ["name", "missing"]),
    "no name": (replaced('name = "small"\n', ""), ["name: the key is missing"]),
    "name with a slash": (replaced('"small"', '"../up"'), ["s.toml:1: name", '"../up"']),
    "no dataset": (replaced("[[dataset]]\nuse", "[x]\nuse"), ["x: there is no such key", "dataset"]),
    "no dataset at all": (replaced('[[dataset]]\nuse = "advertising"\n', ""), ["dataset: the key is missing"]),
    "no backend": (GOOD[: GOOD.index("[[backend]]")], ["backend: the key is missing"]),
    "empty list of backends": ('backend = []\nname = "a"\n[[dataset]]\n' + DATASET, ["backend", "empty list"]),
    "a dataset that is one table": (replaced("[[dataset]]", "[dataset]"), ["s.toml:4: dataset", "write [[dataset]]"]),
    "unknown key": ("colour = 1\n" + GOOD, ["s.toml:1: colour: there is no such key"]),
    "unknown key, nearly right": ('devces = ["cpu"]\n' + GOOD, ["did you mean 'devices'?"]),
    "unknown key of the plan": (replaced("seconds = 0.01", "second = 1"), ["s.toml:3: plan.second", "did you mean 'seconds'?"]),
    "unknown backend": (replaced("scratch_ols", "scratch_old"), ["s.toml:7: backend[1].use", "did you mean 'scratch_ols'?"]),
    "unknown dataset": (replaced("advertising", "advertisng"), ["s.toml:5: dataset[1].use", "did you mean 'advertising'?"]),
    "unknown option of a backend": (GOOD + 'metod = "qr"', ["s.toml:8: backend[1].metod", "did you mean 'method'?"]),
    "unknown option of a dataset": (replaced(DATASET, DATASET + "\nsacle = 1"), ["dataset[1].sacle", "did you mean 'scale'?"]),
    "use left out": (replaced(BACKEND, 'method = "qr"'), ["backend[1].use", "the key is missing"]),
    "use of the wrong type": (replaced(BACKEND, "use = 3"), ["s.toml:7: backend[1].use", "got 3"]),
    "wrong word": (GOOD + 'method = "qrr"', ["s.toml:8: backend[1].method", '"qrr"', "did you mean 'qr'?"]),
    "wrong type of an option": (replaced(BACKEND, 'use = "scratch_gd"\nepochs = "many"'), ["backend[1].epochs", '"many"', "integer"]),
    "a float for a count": (replaced(BACKEND, 'use = "scratch_gd"\nepochs = 1.5'), ["backend[1].epochs", "1.5", "integer"]),
    "a bool for a count": (replaced(BACKEND, 'use = "scratch_gd"\nepochs = true'), ["backend[1].epochs", "true"]),
    "text for a number": (replaced(BACKEND, 'use = "scratch_gd"\nlearning_rate = "0.1"'), ["learning_rate", '"0.1"', "number"]),
    "negative count": (replaced(BACKEND, 'use = "scratch_gd"\nepochs = -5'), ["s.toml:8: backend[1].epochs", "-5", "at least 1"]),
    "zero rate": (replaced(BACKEND, 'use = "scratch_gd"\nlearning_rate = 0.0'), ["learning_rate", "above 0"]),
    "rate that is not a number": (replaced(BACKEND, 'use = "scratch_gd"\nlearning_rate = nan'), ["learning_rate", "finite"]),
    "infinite rate": (replaced(BACKEND, 'use = "scratch_gd"\nlearning_rate = inf'), ["learning_rate", "finite"]),
    "a bad value in a sweep": (replaced(BACKEND, 'use = "scratch_gd"\nepochs = [10, -1]'), ["epochs", "-1", "at least 1"]),
    "an empty sweep": (replaced(BACKEND, 'use = "scratch_gd"\nepochs = []'), ["s.toml:8: backend[1].epochs", "empty list"]),
    "a member of a union that is none": (replaced(BACKEND, 'use = "sklearn_ols"\ntol = "librari"'), ["backend[1].tol", "librari"]),
    "empty devices": ("devices = []\n" + GOOD, ["s.toml:1: devices", "empty list"]),
    "unknown device": ('devices = ["gpu"]\n' + GOOD, ["devices[1]", '"gpu"', "'cuda'"]),
    "unknown dtype of a backend": (GOOD + 'dtypes = ["float16"]', ["s.toml:8: backend[1].dtypes[1]", '"float16"', "'float32'"]),
    "negative rounds": (replaced("seconds = 0.01", "rounds = 0"), ["s.toml:3: plan.rounds", "got 0", "1"]),
    "seconds as text": (replaced("seconds = 0.01", 'seconds = "1"'), ["plan.seconds", '"1"']),
    "infinite limit": (replaced("seconds = 0.01", "limit = inf"), ["plan.limit", "finite"]),
    "seconds beyond any clock": (replaced("seconds = 0.01", "seconds = 1e308"), ["s.toml:3: plan.seconds", "10000000"]),
    "rounds beyond all patience": (replaced("seconds = 0.01", f"rounds = {10**9}"), ["plan.rounds", "10000"]),
    "memory beyond counting": (replaced("seconds = 0.01", f'memory = "{"9" * 400} GiB"'), ["plan.memory", "at most 1 EiB"]),
    "an integer of 70 bits": (f"seed = {2**70}\n" + GOOD, ["not TOML", "more than 64 bits"]),
    "an integer of 5000 digits": (f"seed = {'9' * 5000}\n" + GOOD, ["not TOML", "4300 digits"]),
    "brackets beyond Python's depth": ("a = " + "[" * 100_000, ["brackets are nested too deep"]),
    "brackets beyond any suite's depth": (f"a = {'[' * 50}{']' * 50}\n{GOOD}", ["nested more than 20 deep"]),
    "a name with two dots": (replaced('"small"', '"a..b"'), ["s.toml:1: name", "no two dots"]),
    "a plan that is a list": (replaced("[plan]", "[[plan]]"), ["plan: got", "write [plan]"]),
    "sweeps that multiply": (
        replaced(BACKEND, 'use = "scratch_sgd"\n' + "".join(
            f"{name} = {list(range(1, 51))}\n" for name in ("epochs", "seed", "batch_size", "tolerance", "learning_rate", "power_t")
        )),
        ["s.toml:6: backend[1]", "15,625,000,000 combinations", "50 × 50 × 50 × 50 × 50 × 50", "at most 10,000"],
    ),
    "cases that multiply": (GOOD + f"[[dataset]]\n{DATASET}\n[[backend]]\n{BACKEND}\n" * 1000, ["1,002,001 cases", "100,000"]),
    "memory without a unit": (replaced("seconds = 0.01", 'memory = "lots"'), ["plan.memory", '"lots"', "8 GiB"]),
    "memory too small": (replaced("seconds = 0.01", 'memory = "1 KiB"'), ["plan.memory", "1 KiB"]),
    "a share of one": (replaced(DATASET, DATASET + "\ntest_size = 1.0"), ["dataset[1].test_size", "1.0"]),
    "negative l2": (replaced(DATASET, DATASET + "\nl2 = -1.0"), ["s.toml:6: dataset[1].l2", "at least 0"]),
    "a required option left out": (replaced(DATASET, 'use = "weather_ww2"'), ["dataset[1].path", "missing"]),
    "features that are no list": (replaced(DATASET, DATASET + '\nfeatures = "TV"'), ["dataset[1].features", '"TV", wanted a list']),
    "features that are numbers": (replaced(DATASET, DATASET + "\nfeatures = [1]"), ["dataset[1].features", "1"]),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_suite(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text, words = BAD[name]
    monkeypatch.chdir(tmp_path)
    Path("s.toml").write_text(text)
    with pytest.raises(SuiteError) as refused:
        load_suite("s.toml")
    assert_one_line(refused.value.exit_code, str(refused.value))
    assert str(refused.value).startswith("s.toml")
    for word in words:
        assert word in str(refused.value)


@pytest.mark.parametrize(
    "name", ["not TOML", "a key twice", "no name", "unknown backend", "wrong word", "negative count"]
)
def test_the_command_says_what_is_wrong_with_a_suite_and_begins_nothing(
    name: str, linbench: Linbench, tmp_path: Path
) -> None:
    text, words = BAD[name]
    (tmp_path / "s.toml").write_text(text)
    done = linbench("run", "s.toml")
    assert_one_line(done.code, done.err)
    assert done.err.startswith("linbench: s.toml"), done.err
    for word in words:
        assert word in done.err, done.err
    assert done.out == ""
    assert not (tmp_path / "results").exists(), "nothing is begun"


def assert_one_line(code: int, err: str) -> None:
    assert code == 2, err
    assert len(err.strip().splitlines()) == 1, err
    assert "Traceback" not in err


def test_the_good_suite_is_good(in_process: Linbench, tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text(GOOD)
    done = in_process("validate", "s.toml")
    assert (done.code, done.out) == (0, "advertising/scratch_ols/cpu/float64\n")


@pytest.mark.parametrize(
    ("suite", "words"),
    [
        ("nothing.toml", "no such file"),
        ("defualt", "did you mean 'default'?"),
        (".", "folder"),
        ("folder.toml", "folder"),
    ],
)
def test_no_such_suite(suite: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("folder.toml").mkdir()
    with pytest.raises(LinbenchError, match=re.escape(words)) as refused:
        load_suite(suite)
    assert_one_line(refused.value.exit_code, str(refused.value))


def test_a_suite_that_is_not_text(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SuiteError, match="cannot be read") as refused:
        load_suite(path)
    assert_one_line(refused.value.exit_code, str(refused.value))


DATA: dict[str, tuple[str, list[str]]] = {
    "no rows": ("a,b\n", ["no rows"]),
    "only rows with something missing": ("a,b\n1,\n,2\n", ["no rows", "2 had a missing value"]),
    "infinity in the data": ("a,b\n1,2\ninf,3\n", ["'a'", "'inf' in line 3"]),
    "a column that is text": ("a,b\n1,2\nred,3\n", ["'a'", "red"]),
    "no such column": ("aa,b\n1,2\n", ["'a'", "did you mean 'aa'?"]),
}


def with_data(folder: Path, text: str) -> str:
    """A suite over a file of that text."""
    (folder / "d.csv").write_text(text)
    return GOOD.replace(DATASET, 'use = "csv"\npath = "d.csv"\nfeatures = ["a"]\ntarget = "b"')


@pytest.mark.parametrize("name", DATA)
def test_bad_data_are_refused_when_they_are_read(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text, words = DATA[name]
    monkeypatch.chdir(tmp_path)
    Path("s.toml").write_text(with_data(tmp_path, text))
    (case,) = load_suite("s.toml").cases
    with pytest.raises(DatasetError) as refused:
        case.dataset.instance.data()
    for word in words:
        assert word in str(refused.value)


def test_bad_data_is_a_row_with_the_reason(linbench: Linbench, tmp_path: Path) -> None:
    text, words = DATA["infinity in the data"]
    (tmp_path / "s.toml").write_text(with_data(tmp_path, text))
    done = linbench("run", "s.toml", "--format", "json")
    assert done.code == 3
    assert "Traceback" not in done.err
    (row,) = done.json()["rows"]
    assert row["status"] == "error"
    for word in words:
        assert word in row["reason"], row["reason"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["run", "default", "--device", "gpu"], "wanted cpu, cuda"),
        (["run", "default", "--rounds", "0"], "--rounds"),
        (["show", "--format", "xml"], "unknown --format 'xml'"),
        (["shwo"], "shwo"),
        (["list", "backend"], "did you mean 'backends'?"),
    ],
)
def test_wrong_words_on_the_command_line(words: list[str], message: str, in_process: Linbench) -> None:
    done = in_process(*words)
    assert done.code == 2
    assert message in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize("words", [["show"], ["show", "nothing"], ["run", "default", "--only", "no such case"]])
def test_nothing_there_is_exit_code_4(words: list[str], in_process: Linbench) -> None:
    done = in_process(*words)
    assert done.code == 4
    assert len(done.err.strip().splitlines()) == 1
