"""The command that repeats a run, or some of its cases."""

import shlex

from harness.catalog import suite_names
from harness.results import Run


def command(run: Run, only: str = "") -> str:
    """``linbench run …``, quoted for a shell, for the cases whose id contains `only`.

    A suite of the user's is named as ``NAME.toml``: a run does not record its folder.
    """
    plan, suite = run.header.plan, run.header.suite
    words = ["linbench", "run", suite if suite in suite_names() else f"{suite}.toml"]
    words += ["--only", only] if only else []
    return shlex.join([*words, "--rounds", str(plan.rounds), "--threads", str(plan.threads)])
