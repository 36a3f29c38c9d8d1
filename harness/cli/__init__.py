"""The command ``linbench``: the only code that prints. One module for each kind of verb.

Nothing heavy is imported before the verb that needs it runs.
"""

from harness.cli import measuring, reading, verdicts, versions
from harness.cli.common import app, main

__all__ = ["app", "main", "measuring", "reading", "verdicts", "versions"]
