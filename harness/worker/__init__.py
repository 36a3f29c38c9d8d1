"""The child process that fits and times, as ``python -m harness.worker``.

It imports the standard library, NumPy, `harness.timing` and the one backend, so that it also runs in an environment
that holds another version of the library. Data reach it as memory-mapped arrays.

Requests and answers are JSON, one per line. Requests come on standard input; answers go to what was standard output
when the process started (whatever a library prints goes to standard error). Every request has an ``id``, and the answer
to it is ``{"id": …, "answer": {…}}``, or ``{"id": …, "failed": {"status", "reason"}}``. The first answer, of id 0, says
that the library is imported.

``{"do": "open", "case": …, "problem": …, "backend": …, "device": …}``
    Prepare, make the first call, calibrate.
``{"do": "sample", "case": …, "samples": …}``
    So many samples of the case, each followed by one of the control; of a large problem now and then one of the
    streaming control.
``{"do": "close", "case": …, "keep": …}``
    Give the fits, and forget the case unless it is kept for its descent.
``{"do": "descend", "case": …, "epochs": […], "seconds": …, "blow_up": …}``
    Walk the iterations once more, untimed, and forget the case.
``{"do": "control", "samples": …}``
    The control alone.
``{"do": "roof"}``
    What the machine can do at most; see `harness.worker.roof`.

What each is answered with is in `harness.runner.protocol`.
"""
