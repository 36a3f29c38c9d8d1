"""What all kinds of plots are drawn with: records, colours, axes and marks. The kinds are in `harness.reports.plots`."""
