"""Runs git without anything that a repository may configure: no hook, no filter, no monitor, no signer."""

import os
import subprocess
from pathlib import Path

from harness.errors import LinbenchError

INERT = {
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    "core.untrackedCache": "false",
    "log.showSignature": "false",
    "submodule.recurse": "false",
    "protocol.ext.allow": "never",
}
"""Settings by which a repository could make git run programs, with values that prevent it."""

OF_A_HOOK = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY")
"""Variables that git sets for hooks; they must not redirect git in another checkout."""

FILTERS = r"^filter\..*\.(clean|smudge|process|required)$"


def git(folder: Path, *words: str, timeout: float | None = None) -> subprocess.CompletedProcess[str]:
    """Run git in a folder; its exit status is not checked.

    Raises
    ------
    LinbenchError
        When git is not installed, or takes longer than ``timeout`` seconds.
    """
    return _run(folder, {**INERT, **_no_filters(folder, timeout)}, words, timeout)


def why_failed(done: subprocess.CompletedProcess[str]) -> str:
    """The last line that a failed git printed."""
    lines = done.stderr.strip().splitlines()
    return lines[-1].removeprefix("fatal: ") if lines else f"git ended with {done.returncode}"


def _no_filters(folder: Path, timeout: float | None) -> dict[str, str]:
    """Settings that disable all configured filters: `git status` runs clean filters, a checkout smudge filters."""
    names = _run(folder, INERT, ("config", "--null", "--name-only", "--get-regexp", FILTERS), timeout).stdout
    return {name: "false" if name.endswith(".required") else "" for name in names.split("\0") if name}


def _run(
    folder: Path, config: dict[str, str], words: tuple[str, ...], timeout: float | None
) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if key not in OF_A_HOOK}
    settings = {"GIT_CONFIG_COUNT": str(len(config))}
    for i, (key, value) in enumerate(config.items()):
        settings |= {f"GIT_CONFIG_KEY_{i}": key, f"GIT_CONFIG_VALUE_{i}": value}
    try:
        done = subprocess.run(  # noqa: S603 - git, and words of ours or names that git has resolved
            ["git", "-C", str(folder), *words],  # noqa: S607 - the user's own git
            env={**environment, **settings, "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout,
            check=False,
        )
    except FileNotFoundError as error:
        raise LinbenchError("git is not installed; commits cannot be read or checked out without it") from error
    except subprocess.TimeoutExpired as error:
        raise LinbenchError(f"git {words[0]} in {folder} took longer than {timeout:g} s") from error
    # decoded here: in text mode Python would turn a carriage return, in a subject or a path, into a line feed
    out, err = (each.decode("utf-8", "backslashreplace") for each in (done.stdout, done.stderr))
    return subprocess.CompletedProcess(done.args, done.returncode, out, err)
