"""The child process that loads datasets, as ``python -m harness.loader``, as a file may hang or crash its reader.

Its protocol is that of `harness.worker`.

``{"do": "load", "module": …, "class": …, "options": …, "dtype": …, "label": …, "data": …, "files": {…}, …}``
    Load a dataset, make its problem, and save the arrays in these files. By ``data`` and ``memory`` of the plan, rows
    that come in blocks are streamed to the files. Long passes report progress as ``{"doing": …}``. ``kept`` is the
    files' folder, where an earlier process may have left a part of the same data to resume; else "". Answer:
    `harness.runner.protocol.Loaded`.
``{"do": "certify"}``
    Find the exact answer to the decimals in the data's source. Answer: `harness.reference.decimals.CertifiedEstimates`.
"""
