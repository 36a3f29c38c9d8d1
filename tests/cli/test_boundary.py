"""The outer boundary: what is said of errors that nobody foresaw, and of standard streams that are not as usual."""

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

from harness.catalog import backend_names
from harness.cli import command, crashes
from harness.cli.crashes import system_error
from harness.results import load_run
from tests.conftest import Linbench

MANY = "linbench: too many open files; raise the limit with `ulimit -n`\n"


def failing(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: object) -> None:
        raise error

    monkeypatch.setattr(command, "app", fail)


def test_an_unforeseen_error_is_exit_code_70_and_its_traceback_is_kept(
    in_process: Linbench, references: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(KeyError("fits\x1b"), monkeypatch)
    done = in_process("show", "--format", "json")
    assert (done.code, done.out) == (70, "")
    (line,) = done.err.splitlines()
    assert line.startswith(r"linbench: internal error: KeyError: 'fits\x1b'; the traceback is in ")
    kept = Path(line.rpartition(" ")[2])
    assert kept.parent == references / "crashes"
    text = kept.read_text()
    assert text.splitlines()[1] == "linbench show --format json"
    assert text.endswith("KeyError: 'fits\\x1b'\n")


def test_an_installation_that_lacks_a_part_is_no_regression(tmp_path: Path, environment: dict[str, str]) -> None:
    (tmp_path / "typer.py").write_text("raise ImportError('half of it is gone')\n")
    done = shell('"$@"', tmp_path, environment | {"PYTHONPATH": f"{tmp_path}:{environment['PYTHONPATH']}"}, "list")
    said = "linbench: cannot start: ImportError: half of it is gone; install it again\n"
    assert (done.returncode, done.stdout, done.stderr) == (70, "", said)


def test_a_traceback_that_cannot_be_kept_is_still_one_line(
    in_process: Linbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(KeyError("fits"), monkeypatch)

    def refuse(error: BaseException) -> Path:
        raise OSError("no room")

    monkeypatch.setattr(crashes, "_kept", refuse)
    done = in_process("show")
    assert done.code == 70
    assert done.err == "linbench: internal error: KeyError: 'fits'; the traceback could not be kept: no room\n"


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (OSError(24, "Too many open files"), 2, MANY),
        (ImportError("libblas.so: cannot open shared object file: Too many open files"), 2, MANY),
        (PermissionError(13, "Permission denied", "/x"), 2, "linbench: /x: Permission denied\n"),
        (MemoryError(), 2, "linbench: out of memory\n"),
        (BrokenPipeError(), 0, ""),
        (KeyboardInterrupt(), 130, ""),
        (SystemExit(3), 3, ""),
    ],
)
def test_how_the_command_ends_by_what_happened(
    error: BaseException, code: int, said: str, in_process: Linbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(error, monkeypatch)
    done = in_process("show")
    assert (done.code, done.err) == (code, said)


def test_what_an_exception_was_raised_from_counts() -> None:
    outer = RuntimeError("could not import")
    outer.__cause__ = OSError(24, "Too many open files")
    assert system_error(outer) == "too many open files; raise the limit with `ulimit -n`"
    assert system_error(ValueError("a defect")) is None


@pytest.mark.parametrize(
    ("redirection", "code", "said"),
    [
        (">/dev/full", 2, "linbench: standard output: cannot be written: No space left on device\n"),
        (">&-", 2, "linbench: standard output: cannot be written: Bad file descriptor\n"),
        ("2>&-", 0, ""),
        ("2>/dev/full", 0, ""),
        ("<&- >&- 2>&-", 2, ""),
    ],
)
def test_a_stream_that_cannot_be_written(
    redirection: str, code: int, said: str, tmp_path: Path, environment: dict[str, str]
) -> None:
    done = shell(f'"$@" {redirection}', tmp_path, environment, "list", "backends")
    assert (done.returncode, done.stderr) == (code, said)


def test_a_reader_that_leaves_does_not_make_it_a_regression(tmp_path: Path, environment: dict[str, str]) -> None:
    words = '{ "$@"; echo "code $?" >&2; } | true'
    for verb in (["list"], ["--help"]):
        assert shell(words, tmp_path, environment, *verb).stderr == "code 0\n"


def test_an_ascii_terminal_and_few_files(tmp_path: Path, environment: dict[str, str]) -> None:
    done = shell('ulimit -n 20; PYTHONIOENCODING=ascii "$@"', tmp_path, environment, "list", "backends")
    assert (done.returncode, done.stderr) == (0, "")
    assert all(name in done.stdout for name in backend_names())
    assert done.stdout.isascii()


def shell(words: str, folder: Path, environment: dict[str, str], *verb: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", "-c", words, "sh", sys.executable, "-m", "harness", *verb],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["show", "--nope"], "No such option: --nope; see `linbench show --help`"),
        (["shw"], "No such command 'shw'. Did you mean 'show'?; see `linbench --help`"),
        (["run", "--rounds", "x"], "Invalid value for '--rounds': wanted a valid integer; see `linbench run --help`"),
        (["run", "--device", ","], "--device: got ',', wanted cpu, cuda or cpu,cuda"),
        (["show", ""], "got an empty name, wanted a run: a path, an id or 'latest'"),
        (
            ["show", "--results", ""],
            (
                "Invalid value for '--results': got an empty path, wanted one; '.' is the current folder; "
                "see `linbench show --help`"
            ),
        ),
    ],
)
def test_a_wrong_word_is_one_line(words: list[str], said: str, in_process: Linbench) -> None:
    done = in_process(*words)
    assert (done.code, done.out, done.err) == (2, "", f"linbench: {said}\n")


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("x.csv", b"a,b\n1,2\n", "a CSV file"),
        ("x.json", b'{\n "a": 1\n}\n', "a JSON file"),
        ("x.json", b"[" * 100_000, "a JSON file"),
        ("x.jsonl", b'{"a": 1}\n', "a file of JSON lines"),
        ("x.xml", b'<?xml version="1.0"?>', "an XML file"),
        ("x.gz", b"\x1f\x8b\x08", "a gzip file"),
        ("x.gz", gzip.compress(b"a,b\n1,2\n", mtime=0), "a gzip file"),
        ("x.parquet", b"PAR1", "a Parquet file"),
        ("x", b"", "an empty file"),
        ("x", b"\xff\xfe\x00", "a binary file"),
        ("x.toml", b'name = "s"\n', "a TOML file (a suite?)"),
    ],
)
def test_a_file_that_is_no_run_is_named_for_what_it_is(
    name: str, content: bytes, kind: str, in_process: Linbench, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    done = in_process("show", name)
    assert done.code == 2
    assert done.err == f"linbench: {name}: {kind}, not a run of linbench; give the id or path of a run\n"


def test_a_run_hands_its_id_on(linbench: Linbench, suite: object, tmp_path: Path) -> None:
    file = suite("numpy_lstsq")  # type: ignore[operator]
    done = linbench("run", file, "--id-file", "id", "--format", "json")
    assert done.code == 0, done.err
    identity = (tmp_path / "id").read_text().strip()
    assert identity == json.loads(done.out)["run"]
    assert load_run(tmp_path / f"results/runs/{identity}.jsonl").finished


def test_an_id_file_that_cannot_be_written_stops_the_run_at_once(linbench: Linbench, suite: object) -> None:
    done = linbench("run", suite("numpy_lstsq"), "--id-file", "nowhere/id")  # type: ignore[operator]
    assert done.code == 2
    assert done.err == "linbench: --id-file nowhere/id: cannot be written: No such file or directory\n"


def test_an_export_goes_into_a_pipe_and_through_a_link(in_process: Linbench, tmp_path: Path) -> None:
    from harness.files import write_out

    (tmp_path / "link").symlink_to("target")
    write_out(tmp_path / "link", b"1")
    assert ((tmp_path / "target").read_bytes(), (tmp_path / "link").is_symlink()) == (b"1", True)
    write_out(Path("/dev/null"), b"1")
    assert not Path("/dev/null").is_file()
    with pytest.raises(FileNotFoundError):
        write_out(tmp_path / "no/where", b"1")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["link", "target"]
