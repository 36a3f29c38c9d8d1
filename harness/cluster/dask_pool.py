"""A pool whose hosts are Dask workers. Dask starts them, finds them and notices when they are gone.

Every task names its worker, as the dispatcher decides which unit goes where; Dask's retries and work stealing are off.
Tasks take and return JSON text.
"""

import logging
import queue
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

from harness.cluster import host as on_host
from harness.cluster.dispatch import Died, Finished, Left, Unit
from harness.cluster.pool import Arrived, News, Unfit
from harness.cluster.protocol import Delivery, Doing, HostFacts, Inquiry, Order
from harness.cluster.slurm import Jobs
from harness.errors import ClusterError, one_line
from harness.records import from_json, json_text, values_of

POLL = 0.5
"""Seconds between queries of the list of workers."""

CONNECT = 15.0
"""Seconds within which a scheduler must answer."""

ANSWER = 120.0
"""Seconds within which a host must send its facts; it imports linbench first."""

SLOT = "slot"
"""Name of a Dask resource of which each worker has one, so that other users of the scheduler wait for their turn."""


class DaskPool:
    """The workers of a scheduler.

    Parameters
    ----------
    where : str
        The argument of ``--on``.
    inquiry : Inquiry
        Sent to hosts when they join.
    wait : float
        Seconds to wait while there is no host.
    cores : mapping of str to tuple of int
        For workers that share this machine, the processors of each, by the worker's name; without it, one worker per
        machine is used.
    started : closeable, optional
        The cluster, where it was started for this pool.
    jobs : Jobs, optional
        The batch jobs that the hosts run in.

    Raises
    ------
    ClusterError
        As in `harness.cluster.pool.Pool`.
    """

    def __init__(
        self,
        where: str,
        client: Any,
        inquiry: Inquiry,
        *,
        wait: float,
        cores: Mapping[str, tuple[int, ...]] | None = None,
        started: Any = None,
        jobs: Jobs | None = None,
    ) -> None:
        self.where = where
        self._client = client
        self._inquiry = inquiry
        self._wait = wait
        self._cores = cores
        self._started = started
        self._jobs = jobs
        self._worker_count = 0
        self._news: queue.SimpleQueue[News] = queue.SimpleQueue()
        self._workers: dict[str, dict[str, Any]] = {}
        self._tasks: dict[str, Any] = {}
        self._polled = -POLL
        self._last_host = time.monotonic()
        self._topic = f"linbench {inquiry.run}"
        client.subscribe_topic(self._topic, self._receive_progress)

    def gather(self, *, everyone: bool = False) -> Sequence[Arrived | Unfit]:
        """Wait until there is a host, or all that may come; return the facts of those present."""
        began = time.monotonic()
        while not self._workers or (everyone and self._may_grow() and time.monotonic() - began < self._wait):
            self._poll()
        found: list[Arrived | Unfit] = []
        deadline = time.monotonic() + ANSWER
        while len(found) < len(self._workers) and time.monotonic() < deadline:
            if isinstance(each := self.next(), Arrived | Unfit):
                found.append(each)
        if not found:
            raise ClusterError(f"no host of {self.where} said what it is within {ANSWER:g} s; see its workers' logs")
        return found

    def _may_grow(self) -> bool:
        return self._jobs is not None and self._worker_count < self._jobs.coming()

    def start(self, host: str, unit: Unit, order: Order) -> None:
        """Send a unit to a free host."""
        from harness.cluster import dask_host  # which imports Dask

        measure = partial(dask_host.measure_unit, topic=self._topic)
        self._submit(host, measure, order, partial(self._measured, host, unit))

    def next(self) -> News | None:
        """Wait for something to happen."""
        with suppress(queue.Empty):
            return self._news.get(timeout=max(0.0, self._polled + POLL - time.monotonic()))
        self._poll()
        return None

    def everywhere(self, ask: Callable[[], str], hosts: Sequence[str]) -> Sequence[str]:
        """Run ``ask`` on each of these hosts; return their answers."""
        with self._scheduler_gone():
            tasks = [self._client.submit(ask, **self._pinned_to(host)) for host in hosts]
            try:
                return [str(each) for each in self._client.gather(tasks)]
            except Exception as error:
                raise ClusterError(f"{self.where}: a host did not answer: {one_line(error)}") from error

    def close(self, *, interrupted: bool) -> None:
        """Release the hosts; those started for this pool end. An interrupted run's rows stay on them."""
        with suppress(Exception):  # some may be gone already
            for task in self._tasks.values():
                task.cancel()
            if (self._started is None or not interrupted) and self._client.status == "running":
                self._client.run(on_host.release, interrupted=interrupted, on_error="ignore")
        for each in (self._client, self._started):
            with suppress(Exception):
                if each is not None:
                    each.close(timeout=CONNECT)

    def _poll(self) -> None:
        """Query the list of workers: report those that are gone, and examine new ones."""
        time.sleep(max(0.0, self._polled + POLL - time.monotonic()))
        with self._scheduler_gone():
            workers = self._client.scheduler_info(n_workers=-1)["workers"]
        found, self._worker_count = self._chosen(workers), len(workers)
        self._polled = time.monotonic()
        for host in self._workers.keys() - found.keys():
            self._tasks.pop(host, None)
            why = self._jobs.fate(str(self._workers[host]["name"])) if self._jobs is not None else ""
            self._news.put(Left(host, why))
        new = found.keys() - self._workers.keys()
        self._workers = found
        for host in sorted(new):
            cores = (self._cores or {}).get(str(found[host]["name"]), ())
            inquiry = Inquiry(run=self._inquiry.run, distributions=self._inquiry.distributions, cores=cores)
            self._submit(host, on_host.examine, inquiry, partial(self._examined, host))
        if found:
            self._last_host = time.monotonic()
        else:
            self._check_hosts_may_come()

    def _check_hosts_may_come(self) -> None:
        """Raise where no host can be expected any more."""
        if self._jobs is not None and (ended := self._jobs.over()):
            raise ClusterError(
                f"{self.where}: no job is left: {ended}; see what they printed, slurm-JOB.out where [cluster] says "
                "nothing else, then resume with --resume"
            )
        if time.monotonic() - self._last_host > self._wait:
            queued = f" ({states})" if self._jobs is not None and (states := self._jobs.describe()) else ""
            raise ClusterError(
                f"{self.where}: no host for {self._wait:g} s{queued}; start workers, then resume with --resume"
            )

    def _chosen(self, workers: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        """One worker per machine, the same one while it exists, as two would disturb each other."""
        if self._cores is not None:
            return dict(workers)
        first: dict[str, str] = {}
        for address in sorted(workers, key=lambda each: (each not in self._workers, each)):
            first.setdefault(workers[address]["host"], address)
        return {address: workers[address] for address in first.values()}

    def _submit(self, host: str, function: Callable[[str], str], record: object, then: Callable[[Any], None]) -> None:
        with self._scheduler_gone():
            task = self._client.submit(function, json_text(values_of(record)), **self._pinned_to(host))
        self._tasks[host] = task
        task.add_done_callback(then)

    def _pinned_to(self, host: str) -> dict[str, Any]:
        slot = {SLOT: 1} if SLOT in self._workers[host]["resources"] else None
        return {"workers": [host], "allow_other_workers": False, "pure": False, "retries": 0, "resources": slot}

    def _receive_progress(self, event: tuple[float, Any]) -> None:
        with suppress(ValueError, TypeError):  # other clients of the scheduler may send anything
            self._news.put(from_json(Doing, event[1]))

    def _examined(self, host: str, task: Any) -> None:
        try:
            self._news.put(Arrived(host, from_json(HostFacts, task.result())))
        except BaseException as error:  # noqa: BLE001 - a cancelled task raises what is no Exception
            if not task.cancelled():
                self._news.put(Unfit(host, one_line(error)))

    def _measured(self, host: str, unit: Unit, task: Any) -> None:
        try:
            self._news.put(Finished(host, unit, from_json(Delivery, task.result())))
        except BaseException as error:  # noqa: BLE001 - as above
            if not task.cancelled():  # a lost host or scheduler is reported elsewhere
                self._news.put(Died(host, unit, one_line(error)))

    @contextmanager
    def _scheduler_gone(self) -> Iterator[None]:
        gone = f"the scheduler of {self.where} is gone; resume with --resume: there once it is back, or without --on"
        if self._client.status != "running":
            raise ClusterError(gone)
        try:
            yield
        except (OSError, TimeoutError) as error:
            raise ClusterError(gone) from error


def quiet() -> None:
    """Keep Dask's logs from standard error: what matters in them becomes a row or an error."""
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
