"""A stage is finished when its inputs are the recorded ones and its files are whole."""

from pathlib import Path

import pytest

from oligotrial.checks import InputError
from oligotrial.study.ledger import Ledger, digest, toolkit


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    made = Ledger(tmp_path)
    made.record("first", "inputs", [tmp_path / "a.csv"])
    made.record("second", "other inputs", [tmp_path / "b.csv"])
    return made


def test_finished_with_the_recorded_inputs_only(ledger: Ledger) -> None:
    assert ledger.finished("first", "inputs")
    assert ledger.finished("second", "other inputs")
    assert not ledger.finished("first", "other inputs")
    assert not ledger.finished("third", "inputs")
    assert ledger.intact()


def test_missing_files_are_made_again(ledger: Ledger) -> None:
    (ledger.folder / "a.csv").unlink()
    assert not ledger.finished("first", "inputs")
    assert ledger.finished("second", "other inputs")
    assert not ledger.intact()


def test_changed_files_are_never_used_nor_overwritten(ledger: Ledger) -> None:
    (ledger.folder / "b.csv").write_text("mine", encoding="utf-8")
    assert ledger.finished("first", "inputs")
    for ask in (lambda: ledger.finished("second", "other inputs"), ledger.intact):
        with pytest.raises(InputError, match=r"b\.csv: this stored result was changed"):
            ask()


def test_a_folder_without_record_has_nothing(tmp_path: Path) -> None:
    empty = Ledger(tmp_path / "none")
    assert not empty.finished("first", "inputs")
    assert not empty.intact()
    assert not empty.folder.exists()


def test_digests_tell_parts_and_their_borders_apart(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("a", encoding="utf-8")
    first = digest(file, 1, "ab")
    assert first == digest(file, 1, "ab")
    assert len({first, digest(file, 1, "a", "b"), digest(file, 2, "ab")}) == 3
    file.write_text("b", encoding="utf-8")
    assert digest(file, 1, "ab") != first


def test_results_depend_on_the_code_and_on_the_packages() -> None:
    assert {name for name, _ in toolkit()} >= {"numpy", "pymc", "nutpie", "oligotrial code"}
