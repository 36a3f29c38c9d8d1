"""Rules of the house that are worth a test: who imports whom, who prints, what is imported when."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.paths import ROOT

LEVELS = [
    [
        "errors",
        "limits",
        "files",
        "printable",
        "stats",
        "timing",
        "units",
        "passes",
        "kept",
        "messages",
        "records",
        "git",
    ],
    ["machine", "datasets", "environments", "catalog"],
    ["reference", "judgement", "config", "estimator"],
    ["results"],
    ["worker", "loader", "runner", "cluster"],
    [
        "compare",
        "doctor",
        "verification",
        "revisions",
        "history",
        "bisect",
        "scaling",
        "explain",
        "tryout",
        "selftest",
        "gate",
    ],
    ["reports", "exports", "reviews"],
    ["cli", "__main__"],
]
"""The packages of the harness. One may import what stands before it, on its own level too; so there are no circles."""

ORDER = {name: place for place, name in enumerate(name for level in LEVELS for name in level)}
FILES = sorted([*ROOT.glob("harness/**/*.py"), *ROOT.glob("backends/**/*.py")])


def module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            yield str(node.module)


@pytest.mark.parametrize("path", FILES, ids=module)
def test_nothing_is_imported_from_further_up(path: Path) -> None:
    parts = module(path).split(".")
    for name in imports(path):
        top, _, rest = name.partition(".")
        package = rest.partition(".")[0]
        if parts[0] == "backends":
            assert top != "harness", f"a backend imports {name}"
        elif top == "harness" and package and len(parts) > 1 and parts[1] not in ("__init__", package):
            assert ORDER[package] < ORDER[parts[1]], f"{module(path)} imports {name}"


def test_the_worker_imports_only_what_any_environment_has() -> None:
    allowed = {*sys.stdlib_module_names, "numpy", "backends.base", "harness.timing", "threadpoolctl"}
    for path in (ROOT / "harness/worker").glob("*.py"):
        for name in imports(path):
            own = name.startswith("harness.worker")
            assert own or name in allowed or name.partition(".")[0] in allowed, f"{path.name} imports {name}"


@pytest.mark.parametrize("path", FILES, ids=module)
def test_only_the_command_prints_and_nothing_is_unpickled(path: Path) -> None:
    if not module(path).startswith("harness.cli."):
        assert printing(path.read_text()) == []
    assert not {"pickle", "joblib", "dill", "cloudpickle", "shelve"} & set(imports(path))


STREAMS = frozenset({"stdout", "stderr", "__stdout__", "__stderr__"})
SILENT = frozenset({"rich.cells", "rich.color", "rich.style"})
"""Parts of Rich that only say how wide or how coloured a text is, which layouts ask."""


def printing(source: str) -> list[str]:
    """What prints, or gets hold of a standard stream or of Rich's console; a descriptor of the system's is another."""
    return [found for node in ast.walk(ast.parse(source)) if (found := _prints(node))]


def _prints(node: ast.AST) -> str | None:
    match node:
        case ast.Call(ast.Name("print")) | ast.Call(ast.Attribute(attr="print" | "print_json")):
            return ast.unparse(node.func)
        case ast.Attribute(ast.Name("sys"), name) if name in STREAMS:
            return f"sys.{name}"
        case ast.ImportFrom("sys", names) if STREAMS & {each.name for each in names}:
            return "streams of sys"
        case ast.ImportFrom(str(name)) if name.partition(".")[0] == "rich" and name not in SILENT:
            return f"import of {name}"
        case ast.Import(names) if any(each.name.partition(".")[0] == "rich" for each in names):
            return "import of rich"
    return None


@pytest.mark.parametrize(
    "source",
    ["print(1)", "console.print(1)", "sys.stderr.write('')", "out = sys.stdout", "from sys import stdout",
     "def f():\n    from rich.console import Console", "import rich"],
)  # fmt: skip
def test_what_prints_would_be_found(source: str) -> None:
    assert printing(source)


def modules_after(*words: str) -> set[str]:
    code = (
        "import sys\nfrom harness.cli import app\n"
        f"sys.argv = ['linbench', *{words!r}]\n"
        "try:\n    app()\nexcept SystemExit:\n    pass\n"
        "print('\\n'.join(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    return {name.partition(".")[0] for name in done.stderr.split()}


def test_help_imports_nothing_heavy() -> None:
    assert not modules_after("--help") & {"numpy", "pandas", "pydantic", "rich", "torch", "sklearn", "psutil"}


def test_list_and_validate_import_no_library_under_test() -> None:
    under_test = {"torch", "sklearn", "statsmodels", "scipy", "jax", "numba", "polars", "sklearnex", "pandas"}
    assert not modules_after("list") & under_test
    assert not modules_after("validate", "default") & under_test
