"""Completions for shells: suites, runs, backends. Every verb imports this module, so it imports little itself."""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path


def suites(incomplete: str) -> list[str]:
    """Names under configs/, and suites in the folder that is being typed."""
    from harness.catalog import suite_names

    files = (str(each) for each in Path(incomplete or ".").parent.glob("*.toml"))
    return _begun(incomplete, [*suite_names(), *files])


def runs(incomplete: str) -> list[str]:
    """Ids of the stored runs, the newest first."""
    stored = sorted((each.stem for each in Path("results/runs").glob("*.jsonl")), reverse=True)
    return _begun(incomplete, ["latest", *stored])


def formats(incomplete: str) -> list[str]:
    """Every layout."""
    from harness.cli.options import FORMATS

    return _begun(incomplete, FORMATS)


def reports(incomplete: str) -> list[str]:
    """The reports of a run."""
    from harness.reports.sheets import find, names

    return _begun(incomplete, [name for name in names() if find(name).of_run])


def kinds(incomplete: str) -> list[str]:
    """The kinds that `list` takes."""
    return _begun(incomplete, ("backends", "datasets", "suites", "scores", "reports", "formats"))


def data(incomplete: str) -> list[str]:
    """Datasets by name, and the contents of the folder that is being typed."""
    files = (f"{each}/" if each.is_dir() else str(each) for each in sorted(Path(f"{incomplete}*").parent.glob("*")))
    return [*datasets(incomplete), *_begun(incomplete, files)]


def backends(incomplete: str) -> list[str]:
    """Every backend."""
    from harness.catalog import backend_names

    return _begun(incomplete, backend_names())


def datasets(incomplete: str) -> list[str]:
    """Every dataset."""
    from harness.catalog import dataset_names

    return _begun(incomplete, dataset_names())


def _begun(incomplete: str, names: Iterable[str]) -> list[str]:
    with suppress(OSError):
        return [name for name in names if name.startswith(incomplete)]
    return []
