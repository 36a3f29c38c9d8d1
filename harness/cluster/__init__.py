"""Several machines: units of work sent to hosts, measured there, and written to the run by the parent alone.

A unit is one dataset's cases of one round, so that whatever is compared is measured on one host within the same minute.
`dispatch` decides which unit goes where and knows no transport; `pool` is what a transport must do; `dask_pool` is the
one there is. A host measures as a single machine does, in linbench's own worker processes: a case that takes its
process along costs that case, not the host.
"""
