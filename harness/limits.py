"""Upper bounds on what a suite or an option may ask for."""

MOST_ROUNDS = 10_000

MOST_SECONDS = 1e7
"""Of samples, or of a time limit: four months."""

MOST_THREADS = 4096
