"""The releases of a package that this interpreter could install, as pip sees them through its own configuration."""

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
"""Where ``pip index versions`` has them; not those that were yanked, want another Python or fit another platform."""

NONE = "0.dev0+none"
"""A version that no release has: what pip says when it is asked for names all that there are."""

FROM = re.compile(r"\(from versions: (.*)\)$", re.MULTILINE)
"""Where it does; of wheels alone, if it may take no others."""

UV = {
    "UV_DEFAULT_INDEX": "PIP_INDEX_URL",
    "UV_INDEX_URL": "PIP_INDEX_URL",
    "UV_INDEX": "PIP_EXTRA_INDEX_URL",
    "UV_EXTRA_INDEX_URL": "PIP_EXTRA_INDEX_URL",
    "UV_FIND_LINKS": "PIP_FIND_LINKS",
    "UV_NO_INDEX": "PIP_NO_INDEX",
}
"""uv's variables, and what pip calls the same: where uv installs, its index is the one to ask."""


def parse_range(text: str) -> Requirement:
    """A package with the range of its versions: ``scikit-learn>=1.5,<=1.9.1``.

    Raises
    ------
    UsageError
        When it is no such thing, or has a URL or a marker.
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

    pip itself is asked, so that its indexes, folders, credentials, proxies and certificates are the ones that the
    environments are installed from. What was yanked, wants another Python or fits another platform is left out; so are
    pre-releases, but for ``pre``, and what has no wheel and is built when it is installed, but for ``sdist``.

    Raises
    ------
    NothingToShow
        When there is no release of it.
    UsageError
        When fewer than two are in the range.
    LinbenchError
        When there is no pip to ask.
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
    """What pip would install.

    In many of pip's releases the plain query includes source distributions, and the other one yanked releases; what
    both list is right in all of them.
    """
    found = _asked(AVAILABLE, "index", "versions", "--pre", name)
    if found and not sdist:
        found &= _asked(FROM, "download", "--no-deps", "--pre", "--only-binary", ":all:", f"{name}=={NONE}")
    return found


def _asked(where: re.Pattern[str], *words: str) -> set[Version]:
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
    """The variables of pip: those that are set, uv's in place of what is not, and its words as they can be read."""
    given = {theirs: os.environ[ours] for ours, theirs in UV.items() if uv() and os.environ.get(ours)}
    plain = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "PIP_NO_COLOR": "1"}
    return {**given, **os.environ, **plain, "PIP_QUIET": "0", "PIP_VERBOSE": "0"}


def _pip() -> list[str]:
    """How pip is called for this interpreter; uv's environments have none of their own."""
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
    """The last thing that pip says is wrong, in one line."""
    lines = [line.strip() for line in errors.splitlines() if line.strip()]
    wrong = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    return (wrong or lines or ["pip named no version"])[-1]


def _versions(text: str) -> Iterator[Version]:
    for each in text.split(","):
        try:
            yield Version(each.strip())
        except InvalidVersion:
            continue  # "none", or from before versions had an order: no range can mean it
