"""Records, colours, axes and marks, which all kinds of plots share. The kinds are in `harness.reports.plots`."""
