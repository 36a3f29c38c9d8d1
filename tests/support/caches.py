"""Cache folders of the tests."""

from pathlib import Path

from backends._cache import cache_folder

KERNELS = cache_folder("kernels")


def fresh_cache(folder: Path) -> Path:
    """A cache with nothing in it but this machine's compiled kernels, which take seconds to compile."""
    KERNELS.mkdir(parents=True, exist_ok=True)
    folder.mkdir(exist_ok=True)
    if not (folder / "kernels").is_symlink():
        (folder / "kernels").symlink_to(KERNELS)
    return folder
