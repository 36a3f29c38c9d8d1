"""The command that measures a run, or some of its cases, again."""

import shlex

from harness.catalog import suite_names
from harness.results import Run


def command(run: Run, only: str = "") -> str:
    """``linbench run …`` for the cases whose id contains this, all when empty, as a shell takes it.

    A suite that is none of linbench's own is named as a file: a run does not say where that was.
    """
    plan, suite = run.header.plan, run.header.suite
    words = ["linbench", "run", suite if suite in suite_names() else f"{suite}.toml"]
    words += ["--only", only] if only else []
    return shlex.join([*words, "--rounds", str(plan.rounds), "--threads", str(plan.threads)])
