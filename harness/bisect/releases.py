"""The releases of a package that this interpreter can install, as pip finds them with its own configuration."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator

from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import InvalidVersion, Version

from harness.environments.installers import has_pip, uv
from harness.errors import LinbenchError, NothingToShow, UsageError

AVAILABLE = re.compile(r"^Available versions: (.*)$", re.MULTILINE)
"""The list in ``pip index versions``: without yanked releases, and those for another Python or platform."""

NONE = "0.dev0+none"
"""A version that no release has: pip's error message for it lists all versions."""

FROM = re.compile(r"\(from versions: (.*)\)$", re.MULTILINE)
"""The list in that message; only of wheels, if pip may use nothing else."""

UV = {
    "UV_DEFAULT_INDEX": "PIP_INDEX_URL",
    "UV_INDEX_URL": "PIP_INDEX_URL",
    "UV_INDEX": "PIP_EXTRA_INDEX_URL",
    "UV_EXTRA_INDEX_URL": "PIP_EXTRA_INDEX_URL",
    "UV_FIND_LINKS": "PIP_FIND_LINKS",
    "UV_NO_INDEX": "PIP_NO_INDEX",
}
"""uv's variables, and pip's for the same: where uv installs, its index must be queried."""


def parse_range(text: str) -> Requirement:
    """Parse a package with a range of versions: ``scikit-learn>=1.5,<=1.9.1``.

    Raises
    ------
    UsageError
        When it is not one, or has a URL or a marker.
    """
    try:
        parsed = Requirement(text)
    except InvalidRequirement as error:
        why = str(error).splitlines()[0]
        raise UsageError(f'got {text!r} ({why}), wanted a package and a range, as in "scikit-learn>=1.5,<2"') from error
    if parsed.url is not None or parsed.marker is not None:
        what = "a URL" if parsed.url is not None else "a marker"
        raise UsageError(f'got {text!r}, which has {what}; wanted a package and a range, as in "scikit-learn>=1.5,<2"')
    return parsed


def releases(wanted: Requirement, *, pre: bool = False, sdist: bool = False) -> list[Version]:
    """The releases in a range, oldest first.

    They come from pip, so that its indexes, folders, credentials, proxies and certificates are those that environments
    are installed with. Yanked releases and those for another Python or platform are left out; so are pre-releases
    without ``pre``, and releases without a wheel, which would be built, without ``sdist``.

    Raises
    ------
    NothingToShow
        When there is no release of it.
    UsageError
        When fewer than two are in the range.
    LinbenchError
        When there is no pip.
    """
    every = sorted(_offered(wanted.name, sdist=sdist))
    offered = [each for each in every if pre or not each.is_prerelease]
    found = list(wanted.specifier.filter(offered, prereleases=pre))
    if len(found) < 2:
        raise UsageError(
            f"{wanted}: got {_listed(found)} in the range, wanted at least two releases; pip offers {_listed(offered)}"
            + ("" if pre else "; --pre includes pre-releases")
            + ("" if sdist else "; --sdist includes those without a wheel for this platform")
        )
    return found


def _listed(versions: list[Version]) -> str:
    shown = [str(each) for each in versions]
    if not shown:
        return "none"
    return ", ".join(shown if len(shown) < 5 else [*shown[:2], "…", *shown[-2:]])


def _offered(name: str, *, sdist: bool) -> set[Version]:
    """The versions that pip would install.

    In many versions of pip, the first query includes source distributions, and the second one yanked releases; their
    intersection is right in all of them.
    """
    found = _query_pip(AVAILABLE, "index", "versions", "--pre", name)
    if found and not sdist:
        found &= _query_pip(FROM, "download", "--no-deps", "--pre", "--only-binary", ":all:", f"{name}=={NONE}")
    return found


def _query_pip(where: re.Pattern[str], *words: str) -> set[Version]:
    done = subprocess.run(  # noqa: S603 - pip, and a name that packaging has read
        [*_pip(), *words],
        env=_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    listed = where.search(f"{done.stdout}\n{done.stderr.rstrip()}")
    if listed is None:
        raise NothingToShow(f"no release found: {_complaint(done.stderr)}")
    return set(_versions(listed[1]))


def _environment() -> dict[str, str]:
    """Variables for pip: those that are set, uv's where they are not, and settings that make its output readable."""
    given = {theirs: os.environ[ours] for ours, theirs in UV.items() if uv() and os.environ.get(ours)}
    plain = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "PIP_NO_COLOR": "1"}
    return {**given, **os.environ, **plain, "PIP_QUIET": "0", "PIP_VERBOSE": "0"}


def _pip() -> list[str]:
    """The command that runs pip for this interpreter; by uv where the environment has no pip."""
    if has_pip():
        return [sys.executable, "-m", "pip"]
    program = uv()
    if program is None:
        raise LinbenchError(f"{sys.executable} has no pip to list releases with; install pip, or uv")
    return [
        program,
        "run",
        "--quiet",
        "--no-project",
        "--python",
        sys.executable,
        "--with",
        "pip",
        "python",
        "-m",
        "pip",
    ]


def _complaint(errors: str) -> str:
    """The last error that pip printed, in one line."""
    lines = [line.strip() for line in errors.splitlines() if line.strip()]
    wrong = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    return (wrong or lines or ["pip named no version"])[-1]


def _versions(text: str) -> Iterator[Version]:
    for each in text.split(","):
        try:
            yield Version(each.strip())
        except InvalidVersion:
            continue  # "none", or a version not of PEP 440, which no range can contain
