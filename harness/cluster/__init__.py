"""Several machines: units of work are measured on hosts; only the parent writes the run.

A unit is one dataset's cases of one round, so that what is compared is measured on one host within the same minute.
`dispatch` decides which unit goes to which host, independently of the transport; `pool` is the interface of a
transport, and `dask_pool` its implementation. A host measures as a single machine does, in linbench's own worker
processes: a crash costs its case, not the host.
"""
