"""What datasets and backends are called, and how a command chooses among them."""

from pathlib import Path

import pytest

from harness.config import Choice, Suite, case_of, load_suite, narrowed
from harness.errors import SuiteError, UsageError

HEAD = 'name = "s"\n[[dataset]]\nuse = "advertising"\n'


def suite(tmp_path: Path, text: str) -> Suite:
    (tmp_path / "s.toml").write_text(text)
    return load_suite(tmp_path / "s.toml")


def labels(of: Suite) -> list[str]:
    return [f"{case.dataset.label}/{case.backend.label}" for case in of.cases]


def test_a_name_is_the_label_and_the_id_stays(tmp_path: Path) -> None:
    text = HEAD + 'name = "adverts"\n[[backend]]\nuse = "scratch_gd"\nname = "mine"\nepochs = [10, 20]\n'
    found = suite(tmp_path, text)
    assert labels(found) == ["adverts/mine[epochs=10]", "adverts/mine[epochs=20]"]
    assert found.cases[0].id == "advertising/scratch_gd[epochs=10]/cpu/float64"
    assert found.cases[0].key.dataset_label == "adverts"


def test_a_case_of_a_run_file_keeps_its_names_and_a_changed_one_says_what_is_changed(tmp_path: Path) -> None:
    text = HEAD + 'name = "adverts"\n[[backend]]\nuse = "scratch_gd"\nname = "mine"\nepochs = [10, 20]\n'
    case = suite(tmp_path, text).cases[0]
    assert case_of(case.key) == case
    assert case.dataset.changed(scale="standard").label == "adverts[scale=standard]"
    assert case.backend.changed(tolerance=0.5).label == "mine[epochs=10,tolerance=0.5]"
    assert case.backend.changed(tolerance=0.5).identity == "scratch_gd[epochs=10,tolerance=0.5]"
    plain = suite(tmp_path, HEAD + '[[backend]]\nuse = "scratch_gd"\n').cases[0]
    assert plain.backend.changed(epochs=3).called == case_of(plain.key).backend.called == ""


def test_a_long_label_is_shortened_to_what_tells_it_apart(tmp_path: Path) -> None:
    text = HEAD + '[[backend]]\nuse = "scratch_gd"\nlearning_rate = 0.01\ntolerance = 1e-9\nepochs = [2000, 3000]\n'
    found = labels(suite(tmp_path, text))
    assert found == ["advertising/scratch_gd[epochs=2000]", "advertising/scratch_gd[epochs=3000]"]


def test_a_file_is_called_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "houses.csv").write_text("a,y\n1,2\n2,3\n")
    table = '[[dataset]]\nuse = "file"\npath = "houses.csv"\nformula = "{}"\n'
    one = suite(tmp_path, 'name = "s"\n' + table.format("y ~ a") + '[[backend]]\nuse = "numpy_lstsq"')
    assert labels(one) == ["houses/numpy_lstsq"]
    both = table.format("y ~ a") + table.format("y ~ a - 1")
    two = suite(tmp_path, 'name = "s"\n' + both + '[[backend]]\nuse = "numpy_lstsq"')
    assert labels(two) == ["houses[formula=y ~ a]/numpy_lstsq", "houses[formula=y ~ a - 1]/numpy_lstsq"]


def test_a_query_is_called_so_and_two_by_their_texts(tmp_path: Path) -> None:
    table = '[[dataset]]\nuse = "file"\ntarget = "y"\npath = "SELECT a, y FROM \'some/houses.parquet\' WHERE a > {}"\n'
    tail = '[[backend]]\nuse = "numpy_lstsq"'
    assert labels(suite(tmp_path, 'name = "s"\n' + table.format(1) + tail)) == ["query/numpy_lstsq"]
    assert len({*labels(suite(tmp_path, 'name = "s"\n' + table.format(1) + table.format(2) + tail))}) == 2


def test_two_things_of_one_name_are_refused(tmp_path: Path) -> None:
    text = HEAD + 'name = "x"\n[[dataset]]\nuse = "linear"\nname = "x"\n[[backend]]\nuse = "numpy_lstsq"\n'
    with pytest.raises(SuiteError, match="two datasets are called 'x'"):
        suite(tmp_path, text)
    with pytest.raises(SuiteError, match="wanted a short text"):
        suite(tmp_path, HEAD + 'name = "a/b"\n[[backend]]\nuse = "numpy_lstsq"\n')


def test_paths_are_relative_to_the_suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "suites").mkdir()
    (tmp_path / "suites/a.csv").write_text("a,y\n1,2\n2,3\n")
    (tmp_path / "b.csv").write_text("a,y\n1,2\n2,3\n5,6\n")
    (tmp_path / "suites/mine.py").write_text("def fit(X, y):\n    return [1.0]\n")
    text = 'name = "s"\n[[backend]]\nuse = "mine.py:fit"\n'
    for name in ("a", "b"):
        text += f'[[dataset]]\nuse = "file"\npath = "{name}.csv"\ntarget = "y"\n'
    monkeypatch.chdir(tmp_path)
    found = suite(tmp_path / "suites", text)
    assert [len(case.dataset.instance.table.y) for case in found.cases] == [2, 3]
    assert found.cases[0].id == "file[path=a.csv,target=y]/mine.py:fit/cpu/float64"
    assert found.cases[0].backend.instance.source == "suites/mine.py:fit"


CHOICES = [
    (Choice(backends=("numpy_lstsq", "scratch*")), 4),
    (Choice(datasets=("adv*",)), 3),
    (Choice(only=("linear/", "lstsq")), 5),
    (Choice(but=("lstsq", "linear/scratch_ols")), 1),
    (Choice(backends=("fast",), datasets=("linear",)), 1),
]


@pytest.mark.parametrize(("choice", "count"), CHOICES)
def test_cases_are_chosen_by_patterns_and_names(tmp_path: Path, choice: Choice, count: int) -> None:
    text = HEAD + '[[dataset]]\nuse = "linear"\n[[backend]]\nuse = "numpy_lstsq"\n[[backend]]\nuse = "scratch_ols"\n'
    whole = suite(tmp_path, text + '[[backend]]\nuse = "scipy_lstsq"\nname = "fast"\n')
    assert len(narrowed(whole, choice=choice).cases) == count


def test_an_unknown_name_is_answered_with_the_nearest(tmp_path: Path) -> None:
    whole = suite(tmp_path, HEAD + '[[backend]]\nuse = "numpy_lstsq"\n')
    with pytest.raises(UsageError, match=r"did you mean 'numpy_lstsq'\?"):
        narrowed(whole, choice=Choice(backends=("numpy_lstq",)))


def test_labels_of_a_kind_are_shortened_together_and_tell_a_default_too(tmp_path: Path) -> None:
    table = '[[backend]]\nuse = "scratch_sgd"\nepochs = 100\nlearning_rate = [0.001, 0.01]\n'
    found = suite(tmp_path, HEAD + table)
    assert [each.backend.label for each in found.cases] == [
        f"scratch_sgd[learning_rate={x}]" for x in ("0.001", "0.01")
    ]
    assert found.cases[1].backend.identity == "scratch_sgd[epochs=100]"
