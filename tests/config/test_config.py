"""A suite unfolds into cases whose names are stable."""

from pathlib import Path

import pytest

from harness.catalog import suite_names
from harness.config import Suite, load_suite, narrowed, parse_bytes
from harness.errors import SuiteError


def suite(tmp_path: Path, text: str) -> Suite:
    path = tmp_path / "s.toml"
    path.write_text(text)
    return load_suite(path)


HEAD = 'name = "s"\n[[dataset]]\nuse = "advertising"\n'


def ids(of: Suite) -> list[str]:
    return [case.id for case in of.cases]


def test_a_list_is_swept_and_a_list_of_lists_sweeps_an_option_that_is_a_list(tmp_path: Path) -> None:
    text = HEAD + 'features = [["TV"], ["TV", "Radio"]]\nscale = ["none", "minmax"]\n[[backend]]\nuse = "scratch_gd"\n'
    found = ids(suite(tmp_path, text + "epochs = [10, 20]\nlearning_rate = 0.5"))
    assert len(found) == 8
    assert found[0] == "advertising/scratch_gd[learning_rate=0.5,epochs=10]/cpu/float64"
    assert "advertising[scale=minmax,features=TV+Radio]/scratch_gd[learning_rate=0.5,epochs=20]/cpu/float64" in found


def test_a_flat_list_is_one_value_of_an_option_that_is_a_list(tmp_path: Path) -> None:
    (case,) = suite(tmp_path, HEAD + 'features = ["TV", "Radio"]\n[[backend]]\nuse = "scratch_ols"').cases
    assert case.dataset.instance.features == ("TV", "Radio")


def test_the_name_is_the_same_however_the_defaults_are_spelt(tmp_path: Path) -> None:
    short = ids(suite(tmp_path, HEAD + '[[backend]]\nuse = "scratch_gd"'))
    spelt = ids(suite(tmp_path, HEAD + 'seed = 0\n[[backend]]\nuse = "scratch_gd"\nseed = 0\ntolerance = 0'))
    assert short == spelt == ["advertising/scratch_gd/cpu/float64"]


def test_a_case_stands_once_however_often_it_is_named(tmp_path: Path) -> None:
    assert len(ids(suite(tmp_path, HEAD + '[[backend]]\nuse = "scratch_ols"\n' * 2))) == 1


def test_devices_and_dtypes_of_a_backend_go_before_the_suites(tmp_path: Path) -> None:
    tables = '[[backend]]\nuse = "scratch_ols"\n[[backend]]\nuse = "torch_linear"\ndtypes = ["float32", "float64"]\n'
    found = ids(suite(tmp_path, 'devices = ["cpu", "cuda"]\n' + HEAD + tables))
    assert found == [
        "advertising/scratch_ols/cpu/float64",
        *(
            f"advertising/torch_linear/{device}/{dtype}"
            for device in ("cpu", "cuda")
            for dtype in ("float32", "float64")
        ),
    ]
    path = tmp_path / "s.toml"
    only_cuda = ids(load_suite(path, ["cuda"]))
    assert only_cuda == [f"advertising/torch_linear/cuda/{dtype}" for dtype in ("float32", "float64")]


def test_narrowed(tmp_path: Path) -> None:
    whole = suite(
        tmp_path, HEAD + '[[backend]]\nuse = "scratch_ols"\nmethod = ["qr", "loops"]\n[[backend]]\nuse = "numpy_lstsq"'
    )
    assert ids(narrowed(whole, only="scratch")) == [
        f"advertising/scratch_ols[method={m}]/cpu/float64" for m in ("qr", "loops")
    ]
    assert ids(narrowed(whole, only="[method=loops]")) == ["advertising/scratch_ols[method=loops]/cpu/float64"]
    assert ids(narrowed(whole, only="adv*lstsq")) == ["advertising/numpy_lstsq/cpu/float64"]
    plan = narrowed(whole, rounds=7, threads=2).plan
    assert (plan.rounds, plan.threads, plan.seconds) == (7, 2, whole.plan.seconds)


@pytest.mark.parametrize(("text", "size"), [("8 GiB", 8 * 2**30), ("500MB", 500_000_000), ("1.5 kib", 1536), (7, 7)])
def test_parse_bytes(text: object, size: int) -> None:
    assert parse_bytes(text) == size


@pytest.mark.parametrize("text", ["", "8", "GiB", "-1 GiB", "8 gigs"])
def test_parse_bytes_refuses(text: str) -> None:
    with pytest.raises(ValueError, match="8 GiB"):
        parse_bytes(text)


@pytest.mark.parametrize("name", suite_names())
def test_every_suite_that_is_shipped_is_fine(name: str) -> None:
    found = load_suite(name)
    assert found.cases
    assert found.description
    assert len(set(ids(found))) == len(found.cases)


def test_validating_a_suite_reads_no_data(tmp_path: Path) -> None:
    text = 'name = "s"\n[[dataset]]\nuse = "weather_ww2"\npath = "/nowhere"\n[[backend]]\nuse = "scratch_ols"'
    assert len(suite(tmp_path, text).cases) == 1


def test_an_option_that_only_the_class_can_judge_names_its_place(tmp_path: Path) -> None:
    with pytest.raises(SuiteError, match=r"s\.toml:4: dataset\[1\]\.test_size: got 1\.5, wanted"):
        suite(tmp_path, HEAD + 'test_size = 1.5\n[[backend]]\nuse = "scratch_ols"')
