"""Where things are."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
"""Data and cases that are not part of the project; a test that wants them skips elsewhere."""
