"""A run as a folder that opens from disk with no network."""

from harness.reports.page.build import build

__all__ = ["build"]
