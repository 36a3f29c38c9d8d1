"""The command ``linbench``: the only code that prints. One module for each kind of verb.

Nothing heavy is imported before the verb that needs it runs.
"""

from importlib import import_module

from harness.cli.command import app, main

__all__ = ["app", "main"]

VERBS = "try_ new run show report site merge scaling compare check bisect explain verify ci doctor"
"""The modules, in the order in which ``--help`` lists their verbs."""

for _verbs in VERBS.split():
    import_module(f"harness.cli.{_verbs}")
