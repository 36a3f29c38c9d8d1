"""Causes for which numbers are not the right ones: one file a cause, found by name."""
