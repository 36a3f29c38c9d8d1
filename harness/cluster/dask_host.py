"""A host that is Dask's worker: it answers as `harness.cluster.host` does, and talks to the client meanwhile."""

from contextlib import suppress

from distributed import get_worker

from harness.cluster import host
from harness.cluster.errand import Doing
from harness.records import json_text, values_of


def measure_unit(order: str, topic: str) -> str:
    """As `harness.cluster.host.measure_unit`; what it tells is an event of this topic, a `Doing`."""
    worker = get_worker()

    def tell(what: str) -> None:
        with suppress(Exception):  # nobody's measurement is to fail for it
            worker.log_event(topic, json_text(values_of(Doing(host=worker.address, what=what))))

    return host.measure_unit(order, tell)
