"""The child process that loads datasets, as ``python -m harness.loader``: a file may hang, crash or flood its reader.

It talks as `harness.worker` does.

``{"do": "load", "module": …, "class": …, "options": …, "dtype": …, "label": …, "files": {"X": …, "y": …, …}}``
    Load a dataset, make its problem, and save the arrays in these files. Answer: `harness.runner.protocol.Loaded`.
``{"do": "certify"}``
    The exact answer to the data as their source writes them. Answer: `harness.reference.decimals.CertifiedEstimates`.
"""
