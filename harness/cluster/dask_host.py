"""`harness.cluster.host` in a Dask worker, with progress sent to the client."""

from contextlib import suppress

from distributed import get_worker

from harness.cluster import host
from harness.cluster.protocol import Doing
from harness.records import json_text, values_of


def measure_unit(order: str, topic: str) -> str:
    """As `harness.cluster.host.measure_unit`; progress is sent as events of this topic, each a `Doing`."""
    worker = get_worker()

    def tell(what: str) -> None:
        with suppress(Exception):  # no measurement may fail because of it
            worker.log_event(topic, json_text(values_of(Doing(host=worker.address, what=what))))

    return host.measure_unit(order, tell)
