"""The child process that loads datasets, as ``python -m harness.loader``: a file may hang, crash or flood its reader.

It talks as `harness.worker` does.

``{"do": "load", "module": …, "class": …, "options": …, "dtype": …, "label": …, "data": …, "files": {…}, …}``
    Load a dataset, make its problem, and save the arrays in these files. With ``data`` as `harness.config.Plan` has it
    the rows are streamed there where they come in blocks. While that takes long it says how far each pass has come,
    as ``{"doing": …}``. ``kept`` is the files' folder, where an earlier process may have left a part of these very
    data to resume; else "". ``memory`` is the plan's. Answer: `harness.runner.protocol.Loaded`.
``{"do": "certify"}``
    The exact answer to the data as their source writes them. Answer: `harness.reference.decimals.CertifiedEstimates`.
"""
