"""Reads files of many kinds: one module for each way in which files differ; `tables.read_table` combines them.

Text stays text until `decimals` makes numbers of it. So every decimal is rounded once, whatever the reader, and the
decimals themselves are still available for an exact solution.
"""
