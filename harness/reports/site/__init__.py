"""Many runs as static pages: the newest of each suite, any two side by side, history, raw data."""

from harness.reports.site.build import build_site

__all__ = ["build_site"]
