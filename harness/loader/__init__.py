"""The child process that loads datasets, as ``python -m harness.loader``: a file may hang, crash or flood its reader.

It talks as `harness.worker` does.

``{"do": "load", "module": …, "class": …, "options": …, "dtype": …, "label": …, "data": …, "memory": …, "files": {…}}``
    Load a dataset, make its problem, and save the arrays in these files. With ``data`` as `harness.config.Plan` has it
    the rows are streamed there where they come in blocks. While that takes long it says how far each pass has come,
    as ``{"doing": …}``. Answer: `harness.runner.protocol.Loaded`.
``{"do": "certify"}``
    The exact answer to the data as their source writes them. Answer: `harness.reference.decimals.CertifiedEstimates`.
"""
