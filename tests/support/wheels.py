"""Wheels written by hand, so that real installers build real environments with no index in reach."""

import base64
import hashlib
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

NUMPY = f"""
__path__ = [{str(Path(np.__file__).parent)!r}]
__file__ = __path__[0] + "/__init__.py"
exec(compile(open(__file__).read(), __file__, "exec"))
"""
"""A package that is the NumPy of the tests' own environment, and nothing else of it."""

THREADPOOLCTL = "def threadpool_info():\n    return []\n"

LINEAR_MODEL = """
import numpy as np

class LinearRegression:
    def __init__(self, fit_intercept=True):
        self.fit_intercept = fit_intercept

    def fit(self, X, y):
        X0, y0 = (X.mean(axis=0), y.mean()) if self.fit_intercept else (np.zeros(X.shape[1]), 0.0)
        self.coef_, _, self.rank_, _ = np.linalg.lstsq(X - X0, y - y0, rcond=None)
        self.coef_ = self.coef_.round(DECIMALS)
        self.intercept_ = y0 - X0 @ self.coef_
        return self
"""
"""As much of scikit-learn's as the backend asks for, with so many decimals of the coefficients right."""


def write_wheel(folder: Path, name: str, version: str, files: Mapping[str, str], requires: Sequence[str] = ()) -> Path:
    """A wheel of these files: a zip with its METADATA, WHEEL and RECORD (PyPA's binary distribution format)."""
    stem = f"{name.replace('-', '_')}-{version}"
    info = f"{stem}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    metadata += "".join(f"Requires-Dist: {each}\n" for each in requires)
    whole = {
        **files,
        f"{info}/METADATA": metadata,
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = [f"{path},sha256={_digest(text)},{len(text.encode())}" for path, text in whole.items()]
    whole[f"{info}/RECORD"] = "\n".join([*record, f"{info}/RECORD,,", ""])
    path = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for member, text in whole.items():
            archive.writestr(member, text)
    return path


def _digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


def sklearn_files(version: str, decimals: int) -> dict[str, str]:
    """A scikit-learn that rounds its coefficients."""
    return {
        "sklearn/__init__.py": f"__version__ = {version!r}\n",
        "sklearn/linear_model.py": LINEAR_MODEL.replace("DECIMALS", str(decimals)),
    }


def write_wheelhouse(folder: Path) -> None:
    """What the worker needs, and four releases of a scikit-learn: good, good, careless, and one that dies."""
    write_wheel(folder, "numpy", np.__version__, {"numpy/__init__.py": NUMPY})
    write_wheel(folder, "threadpoolctl", "3.0", {"threadpoolctl.py": THREADPOOLCTL})
    for version, decimals in (("1.0", 17), ("1.1", 17), ("2.0", 3)):
        write_wheel(folder, "scikit-learn", version, sklearn_files(version, decimals), ["numpy"])
    write_wheel(folder, "scikit-learn", "3.0", {"sklearn/__init__.py": "import os\nos.abort()\n"}, ["numpy"])
    write_wheel(folder, "needs-more", "1.0", {"needs_more.py": ""}, ["no-such-package>=2"])


def offline_variables(house: Path, uv_cache: Path) -> dict[str, str]:
    """The variables by which uv and pip take wheels from one folder alone and ask no index."""
    return {
        "UV_FIND_LINKS": str(house),
        "UV_NO_INDEX": "1",
        "UV_OFFLINE": "1",
        "UV_CACHE_DIR": str(uv_cache),
        "PIP_FIND_LINKS": str(house),
        "PIP_NO_INDEX": "1",
    }
