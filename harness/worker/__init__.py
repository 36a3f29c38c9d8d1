"""The child process that fits and times, as ``python -m harness.worker``.

It imports only the standard library, NumPy, `harness.timing` and one backend, so that it also runs in environments with
other versions of the library. It maps the data's files.

Requests and answers are JSON, one per line. Requests come on standard input; answers go to what was standard output
when the process started (whatever a library prints goes to standard error). Every request has an ``id``, and its answer
is ``{"id": …, "answer": {…}}`` or ``{"id": …, "failed": {"status", "reason"}}``. The first answer, of id 0, comes
unasked once the library is imported.

``{"do": "open", "case": …, "problem": …, "backend": …, "device": …}``
    Prepare, make the first call, calibrate.
``{"do": "sample", "case": …, "samples": …}``
    Take so many samples of the case, each followed by one of the control; for a large problem, sometimes one of the
    streaming control.
``{"do": "close", "case": …, "keep": …}``
    Return the fits, and forget the case unless it is kept for its descent.
``{"do": "descend", "case": …, "epochs": […], "seconds": …, "blow_up": …}``
    Repeat the iterations, untimed, and forget the case.
``{"do": "control", "samples": …}``
    Take samples of the control alone.
``{"do": "roof"}``
    Measure the machine's peak rates; see `harness.worker.roof`.

`harness.runner.protocol` has the answers.
"""
