"""What all kinds of plots share: records, colours, axes and marks. The kinds are in `harness.reports.plots`."""
