"""Files as they are: one module for each thing that files do differently. `tables.read_table` puts them together.

Text is read as text. A number is made of it last, by `decimals`, so that every decimal is rounded once, whatever the
reader, and so that the decimals themselves are still there for an exact solution.
"""
