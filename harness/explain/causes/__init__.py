"""Causes of wrong numbers: one file per cause, found by name."""
