"""The kernels' object code: compiled once into the cache folder, loaded by LLVM.

A worker never imports Numba. A child process does, once for each version of the kernels, of Numba and of the processor;
it writes an object file, which LLVM loads in milliseconds. Importing Numba would cost each worker half a second and
70 MiB, and Numba's own cache is read with pickle, which linbench never uses.
"""

import ctypes
import hashlib
import os
import sys
from functools import cache
from pathlib import Path
from typing import Any, Literal

from backends._cache import cache_folder, turn

FOLDER = Path(__file__).parent
COMPILE_LIMIT = 300.0
"""Seconds that compiling may take."""

Group = Literal["direct", "many", "exact", "descent", "stochastic", "sketch"]
"""Kernels that are compiled together, which takes seconds; a method waits for its own group only."""

OFF = "LINBENCH_KERNELS"
"""Environment variable; the value ``numpy`` turns the kernels off."""


class MachineCode:
    """Loaded kernels.

    Attributes
    ----------
    versions : str
        Versions of the compilers that made them.
    """

    def __init__(self, code: bytes, versions: str) -> None:
        from llvmlite import binding

        binding.initialize_native_target()
        binding.initialize_native_asmprinter()
        machine = binding.Target.from_default_triple().create_target_machine(jit=True)
        self._engine = binding.create_mcjit_compiler(binding.parse_assembly(""), machine)
        self._engine.add_object_file(binding.ObjectFileRef.from_data(code))
        self._engine.finalize_object()
        self.versions = versions

    def function(self, name: str, *arguments: Any) -> Any:
        """A kernel as a function of a pointer to its result, an unused pointer, and arguments of these types."""
        prototype = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p, *arguments)
        return prototype(self._engine.get_function_address(name))


@cache
def load(group: Group) -> MachineCode | None:
    """Kernels, compiled now if not in the cache; None without LLVM or, to compile them, Numba."""
    from importlib.metadata import PackageNotFoundError, version  # imported here as are others: listing needs none

    if os.environ.get(OFF) == "numpy":
        return None
    try:
        versions = f"numba {version('numba')}, llvmlite {version('llvmlite')}"
        code = _cached(group, versions)
        return MachineCode(code, versions) if code else None
    except (ImportError, PackageNotFoundError, OSError, RuntimeError):
        return None


def made(group: Group) -> bool:
    """Whether the cache folder has the kernels, of this version or an earlier one; a quick look, without imports."""
    return os.environ.get(OFF) == "numpy" or any(cache_folder("kernels").glob(f"*-{group}.o"))


def _cached(group: Group, versions: str) -> bytes:
    """The object code, from the cache folder or compiled now; empty where that fails."""
    path = cache_folder("kernels") / f"{_key(versions)}-{group}.o"
    if code := read(path):
        return code
    with turn(path.parent):
        return read(path) or _compiled(path, group)


def read(path: Path) -> bytes:
    """The object code of a file; empty where there is none, or it is damaged."""
    try:
        digest, code = path.read_bytes().split(b"\n", 1)
    except (OSError, ValueError):
        return b""
    return code if hashlib.sha256(code).hexdigest().encode() == digest else b""


def _compiled(path: Path, group: Group) -> bytes:
    import subprocess
    import tempfile

    with tempfile.TemporaryDirectory(dir=path.parent) as scratch:
        fresh = Path(scratch, "kernels.o")
        words = [sys.executable, "-P", "-m", f"{__package__}.building", str(fresh), group]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(FOLDER.parent.parent), *sys.path])}
        try:
            done = subprocess.run(  # noqa: S603 - this interpreter
                words, check=False, capture_output=True, timeout=COMPILE_LIMIT, env=environment
            )
        except subprocess.TimeoutExpired:
            return b""
        if done.returncode or not fresh.exists():
            return b""
        code = fresh.read_bytes()
        fresh.write_bytes(hashlib.sha256(code).hexdigest().encode() + b"\n" + code)
        fresh.replace(path)
    return code


def _key(versions: str) -> str:
    """What the object code depends on: the sources, the compilers, the processor."""
    import platform

    from llvmlite import binding

    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    processor = [binding.get_host_cpu_name(), binding.get_host_cpu_features().flatten(), platform.platform()]
    digest = hashlib.sha256("\n".join([versions, *processor]).encode())
    for source in sorted(FOLDER.glob("*.py")):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:24]
