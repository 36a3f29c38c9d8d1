"""Exports: one file per format of another program."""
