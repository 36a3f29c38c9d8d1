"""The most that a suite or an option may ask for: beyond it a clock, a counter or a person's patience gives out."""

MOST_ROUNDS = 10_000

MOST_SECONDS = 1e7
"""Of samples, or until a timeout: four months."""

MOST_THREADS = 4096
