"""Advice on an unknown option that other programs have."""

from collections.abc import Sequence

from harness.errors import nearest

ELSEWHERE = {
    "fit_intercept": "intercept is a dataset's option: [[dataset]] … intercept = false",
    "normalize": 'scaling is a dataset\'s option: [[dataset]] … scale = "standard"',
    "random_state": "the seed is called seed",
    "n_jobs": "threads are the plan's: [plan] … threads = 1",
    "alpha": "the penalty is a dataset's option: [[dataset]] … l2 = 1.0, l2_units = \"sklearn\" for Ridge's alpha",
    "lambda": "the penalty is a dataset's option: [[dataset]] … l2 = 1.0, l2_units = \"glmnet\" for glmnet's lambda",
    "data": "the file is called path",
    "file": "the file is called path",
    "y": "the column to predict is called target",
    "X": "the columns to predict from are called features",
    "skiprows": "lines at the start are passed over by skip_lines",
    "skipfooter": "lines at the end are passed over by skip_last",
    "na_values": "what means no value is called missing_markers",
    "columns": "the columns to predict from are called features",
}
"""Other programs' option names, and what to write instead."""


def unknown_option(use: str, option: str, known: Sequence[str]) -> str:
    """The message about an option that a dataset or backend does not have."""
    advice = f"; {ELSEWHERE[option]}" if option in ELSEWHERE else nearest(option, known)
    return f"{use} has no such option{advice}"
