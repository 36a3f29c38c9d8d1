"""Attacks on linbench through its command, with a table of what did not hold: ``python -m tests.attack``."""
