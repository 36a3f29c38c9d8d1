"""Builds environments in parallel, each once; the result says how workers start in them."""

import hashlib
import tempfile
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import partial
from pathlib import Path
from typing import Protocol

import backends
import harness
from harness.environments.commands import BuildFailed, Commands
from harness.environments.environment import DEFAULT, Built, Environment, Unbuilt
from harness.environments.installers import installer, python_in
from harness.environments.locked_cache import LockedCache
from harness.environments.maker import Maker, Place

TICK = 0.2
"""Seconds between progress reports."""

MOST_AT_ONCE = 8
"""Parallel builds: they wait for the network more than they compute."""


NOTHING = Place(None, None)


class Watcher(Protocol):
    """Follows the progress of a build."""

    def doing(self, what: str) -> None:
        """What is happening now."""


def build(environments: Sequence[Environment], cache: Path, watcher: Watcher) -> dict[str, Built | Unbuilt]:
    """Build the environments that are not in the cache's folder ``environments`` yet.

    Returns
    -------
    dict of str to Built or Unbuilt
        By name, including `DEFAULT`.
    """
    folder = cache / "environments"
    homes = _homes([each for each in environments if not each.here or each.source], folder, watcher)
    return {DEFAULT: Built(), **{each.name: _outcome(each, homes.get(each.name), folder) for each in environments}}


def _homes(environments: Sequence[Environment], folder: Path, watcher: Watcher) -> dict[str, Future[Place]]:
    """What is made for each; Ctrl-C ends every build and removes incomplete ones."""
    if not environments:
        return {}
    commands = Commands()
    maker = Maker(LockedCache(folder, commands), installer(commands))
    maker.cache.remove_stale()
    steps = dict.fromkeys((each.name for each in environments), "starting")
    with ThreadPoolExecutor(min(len(environments), MOST_AT_ONCE)) as pool:
        homes = {
            each.name: pool.submit(maker.place, each, partial(steps.__setitem__, each.name)) for each in environments
        }
        try:
            _watch(homes, steps, watcher)
        except BaseException:
            commands.stop()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return homes


def _watch(homes: dict[str, Future[Place]], steps: dict[str, str], watcher: Watcher) -> None:
    while left := [name for name, home in homes.items() if not home.done()]:
        watcher.doing("building " + ", ".join(f"{name} ({steps[name]})" for name in left))
        wait([homes[name] for name in left], TICK)


def _outcome(environment: Environment, place: Future[Place] | None, folder: Path) -> Built | Unbuilt:
    try:
        return _built(environment, place.result() if place else NOTHING, folder)
    except BuildFailed as error:
        why = str(error)
    except OSError as error:
        why = f"the cache cannot be written: {error.strerror or error}"
    return Unbuilt("missing", f"environment {environment.name} cannot be built: {why}")


def _built(environment: Environment, place: Place, folder: Path) -> Built:
    """The worker's interpreter and search path: its own code first, and nothing else from linbench's folder."""
    ours, theirs = Path(harness.__path__[0]), environment.backends
    if place == NOTHING and theirs is None:
        return Built()
    if theirs is None:
        path: tuple[Path, ...] = (_code(folder, ours, Path(backends.__path__[0])),)
    else:
        path = (_code(folder, ours), theirs.resolve())
    path = path if place.layer is None else (*path, place.layer)
    return Built(path=path) if place.home is None else Built(python_in(place.home), path, alone=True)


def _code(folder: Path, *packages: Path) -> Path:
    """A folder with links to only these packages, as their own folder may contain others."""
    targets = [package.resolve() for package in packages]
    key = hashlib.sha256("\n".join(map(str, targets)).encode()).hexdigest()[:32]
    place = folder / "code" / key
    if not place.is_dir():
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=place.parent, prefix=".") as scratch:
            links = Path(scratch) / "links"
            links.mkdir()
            for target in targets:
                (links / target.name).symlink_to(target, target_is_directory=True)
            try:
                links.rename(place)
            except OSError:
                if not place.is_dir():  # else another process was first
                    raise
    return place
