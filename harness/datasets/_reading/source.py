"""Opens a local file, a URL, or the files of a pattern, and decompresses them."""

import bz2
import glob
import gzip
import io
import lzma
import re
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from harness.errors import DatasetError

PACKED = {".gz", ".bz2", ".zip", ".xz", ".zst", ".tar", ".tgz"}
UNSAFE = {".pkl", ".pickle", ".joblib", ".h5", ".hdf", ".hdf5", ".npy", ".npz"}
"""Formats that can hold pickled objects, which run code when read."""

MAGIC: tuple[tuple[bytes, Any], ...] = (
    (b"\x1f\x8b", gzip.open),
    (b"BZh", bz2.open),
    (b"\xfd7zXZ\x00", lzma.open),
)
ZSTANDARD = b"\x28\xb5\x2f\xfd"
TAR_MAGIC = slice(257, 262)


@dataclass(frozen=True)
class Source:
    """One file, local or not."""

    name: str
    """As the user wrote it, or a file that the pattern matched."""
    path: Path | None = None
    """None for a URL."""
    content: bytes = b""
    """The content of a URL, which is read once."""

    @property
    def suffix(self) -> str:
        """The last suffix before those of compression, in lower case: ``.csv`` for ``data.CSV.gz``."""
        return _suffix(self.name)

    def raw(self) -> IO[bytes]:
        """The bytes as they are stored."""
        return io.BytesIO(self.content) if self.path is None else self.path.open("rb")

    @contextmanager
    def unpacked(self) -> Iterator[IO[bytes]]:
        """The bytes, decompressed where the first of them, not the name, show a compression."""
        with self.raw() as raw, _unpacked(raw, self.name) as file:
            yield file


@contextmanager
def _unpacked(raw: IO[bytes], name: str) -> Iterator[IO[bytes]]:
    head = raw.read(262)
    raw.seek(0)
    if (opener := next((opener for magic, opener in MAGIC if head.startswith(magic)), None)) is not None:
        with opener(raw, "rb") as file, _untarred(file, name) as inner:
            yield inner
    elif head.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(raw) as archive, archive.open(_only(archive.namelist(), name)) as file:
            yield file
    elif head.startswith(ZSTANDARD):
        with _zstandard(raw, name) as file:
            yield file
    else:
        with _untarred(raw, name) as file:
            yield file


@contextmanager
def _untarred(file: IO[bytes], name: str) -> Iterator[IO[bytes]]:
    if not re.search(r"\.(tar|tgz)(\.|$)", name.lower()):
        yield file
        return
    with tarfile.open(fileobj=file, mode="r|") as archive:
        for member in archive:
            if member.isfile() and (found := archive.extractfile(member)) is not None:
                yield io.BytesIO(found.read())
                return
    raise DatasetError(f"{name} holds no file; pack the table into it")


def _only(members: list[str], name: str) -> str:
    if "[Content_Types].xml" in members:
        raise DatasetError(f"{name} is a workbook, or another file of Office; call it .xlsx")
    files = [each for each in members if not each.endswith("/") and not each.startswith("__MACOSX")]
    if len(files) != 1:
        raise DatasetError(f"{name} holds {len(files)} files, wanted one; unpack it and name the file")
    return files[0]


def _zstandard(raw: IO[bytes], name: str) -> IO[bytes]:
    try:
        import zstandard
    except ImportError as lack:
        raise DatasetError(f"{name} is packed by zstd, which needs `pip install zstandard`, or unpack it") from lack
    return io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(raw))


def _suffix(name: str) -> str:
    bare = re.split(r"[?#]", name)[0] if is_url(name) else name
    suffixes = [suffix.lower() for suffix in Path(bare).suffixes]
    while suffixes and suffixes[-1] in PACKED:
        suffixes.pop()
    return suffixes[-1] if suffixes else ""


def is_url(path: str) -> bool:
    """Whether a path is a URL."""
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", path) is not None


def local_files(path: str) -> list[Path]:
    """The local file of a path, or the files that its pattern matches, sorted by name."""
    plain = Path(path).expanduser()
    if plain.exists() or not glob.has_magic(path):
        return [plain]
    found = sorted(glob.glob(str(plain), recursive=True))  # noqa: PTH207 - a pattern may be absolute, which Path.glob refuses
    return [Path(each) for each in found if Path(each).is_file()]


def check(path: str, where: str = "") -> None:
    """Check that the file exists and may be read, without reading it.

    Parameters
    ----------
    where : str
        Where to get the file, for the message if it is missing.

    Raises
    ------
    DatasetError
        When there is no such file, it is a folder or a device, or its format can run code.
    """
    if (suffix := _suffix(path)) in UNSAFE:
        raise DatasetError(
            f"{path}: {suffix} files can hold pickled objects and are not read; save it as csv or parquet"
        )
    if is_url(path):
        return
    if not (files := local_files(path)):
        raise DatasetError(f"no file matches {path!r}; patterns are relative to the current folder, {Path.cwd()}")
    for file in files:
        _check_file(file, path if len(files) == 1 else str(file), where)


def _check_file(file: Path, name: str, where: str) -> None:
    if file.is_dir():
        raise DatasetError(f"{name!r} is a folder; give the path of a file in it, or a pattern such as {name}/*.csv")
    if not file.exists():
        tail = where or f"paths are relative to the current folder, {Path.cwd()}"
        raise DatasetError(f"there is no file {name}; {tail}")
    if not file.is_file():
        raise DatasetError(f"{name} is not a regular file; give the path of one")


def sources(path: str, where: str = "", called: str = "") -> list[Source]:
    """The files of a path, checked; messages use the name ``called``, else the path.

    Raises
    ------
    DatasetError
        As in `check`, and when a URL needs a library that is not installed.
    """
    check(path, where)
    if is_url(path):
        return [Source(path, None, _fetched(path))]
    files = local_files(path)
    return [Source(called or (path if len(files) == 1 else str(file)), file) for file in files]


def _fetched(url: str) -> bytes:
    if re.match(r"(?i)(https?|ftp|file)://", url):
        from urllib.request import Request, urlopen

        with urlopen(Request(url, headers={"User-Agent": "linbench"}), timeout=60) as answer:  # noqa: S310 - checked above
            content: bytes = answer.read()
            return content
    try:
        import fsspec
    except ImportError as lack:
        raise DatasetError(f"{url} needs `pip install fsspec`, or download the file") from lack
    with fsspec.open(url, "rb") as file:
        found: bytes = file.read()
        return found
