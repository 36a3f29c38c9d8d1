"""The command ``linbench``: the only code that prints. One module per verb or group of verbs.

A verb imports what it needs when it runs.
"""

from importlib import import_module

from harness.cli.command import app, main

__all__ = ["app", "main"]

VERBS = "try_ new run show report site merge scaling compare check bisect explain verify ci doctor"
"""The modules, in the order of their verbs in ``--help``."""

for _verbs in VERBS.split():
    import_module(f"harness.cli.{_verbs}")
