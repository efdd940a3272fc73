"""A user's mistake is one sentence that names file and key or row; nothing is written."""

from collections.abc import Callable
from pathlib import Path

import pytest

from .small import Place, Told, command, contents

type Said = pytest.CaptureFixture[str]


def sentence(told: Told) -> str:
    """Return the one sentence that a mistake has to be told in."""
    assert told.code == 2, told
    assert told.out == ""
    lines = told.err.strip().splitlines()
    assert len(lines) == 1, told.err
    assert lines[0].startswith("error: ")
    return lines[0]


TRIAL = {
    "unknown key": ("block_size = 4", "blok_size = 4", ["design.blok_size", "'block_size'?"]),
    "unknown table": ("[dropout]", "[dropouts]", ["key dropouts", "'dropout'?", "1 more mistake"]),
    "missing key": ("seed = 7\n", "", ["simulation.seed", "missing"]),
    "not TOML": ("[accrual]", "[accrual", ["not valid TOML", "line 16"]),
    "no model": ('"../model"', '"../modle"', ["key model", "modle", "no model"]),
    "alpha 0": ("alpha = 0.10", "alpha = 0", ["analysis.alpha", "greater than 0"]),
    "alpha 1": ("alpha = 0.10", "alpha = 1.0", ["analysis.alpha", "less than 1"]),
    "alpha in words": ("alpha = 0.10", 'alpha = "10%"', ["analysis.alpha", "'10%'", "number"]),
    "allocation 0": ("[1, 1]", "[1, 0]", ["design.allocation[2]", "or equal to 1"]),
    "three arms": ("[1, 1]", "[1, 1, 1]", ["design.allocation", "at most 2 items"]),
    "odd block": ("block_size = 4", "block_size = 5", ["block_size", "not a multiple of 2"]),
    "more events than patients": ("= 0.75", "= 1.2", ["events_per_patient", "or equal to 1"]),
    "no event": ("= 0.75", "= 0.001", ["design.events_per_patient", "events", "at least 1"]),
    "no size": ("[60, 120, 180]", "[]", ["design.patients", "at least 1 item"]),
    "a size twice": ("[60, 120, 180]", "[60, 60]", ["design.patients", "60 is there twice"]),
    "infinite": ("= 120", "= inf", ["design.longest_months", "finite"]),
    "no replicate": ("replicates = 200", "replicates = 0", ["simulation.replicates"]),
    "wrong target": ('"power"', '"pwer"', ["target.scenario", "'power' or 'assurance'"]),
    "harm planned": ("ratio = 0.65", "ratio = 1.2", ["effect.planning_hazard_ratio"]),
    "prior without interval": ("lower = 0.65\n", "", ["effect.prior[2]", "lower and upper"]),
    "prior outside it": ("lower = 0.65", "lower = 1.2", ["effect.prior[2]", "not between"]),
    "prior told twice": (
        '"tsai2024:pfs.hazard_ratio"',
        '"tsai2024:pfs.hazard_ratio"\nlower = 0.2',
        ["effect.prior[1]", "not both"],
    ),
    "priors of one name": ('"CURB"', '"sceptical"', ["effect.prior", "'sceptical' is there twi"]),
    "evidence that isn't there": (
        "tsai2024:pfs.hazard_ratio",
        "tsay2024:pfs.hazard_ratio",
        ["effect.prior[1].evidence", "did you mean 'tsai2024'?"],
    ),
    "evidence key that isn't there": (
        "marazzi2024:pfs_ar.median",
        "marazzi2024:pfs_ar.medain",
        ["control.cohort_median", "did you mean 'pfs_ar.median'?"],
    ),
    "evidence without source": (
        "marazzi2024:pfs_ar.median",
        "pfs_ar.median",
        ["control.cohort_median", "evidence:key"],
    ),
    "evidence without interval": (
        "tsai2024:pfs.hazard_ratio",
        "tsai2024:pfs.median[arm=sbrt]",
        ["effect.prior[1].evidence", "interval"],
    ),
    "unknown line": ('["first", "second"]', '["first", "scond"]', ["population.lines", "'scond'"]),
    "unknown stratum": ('["line"]', '["lnie"]', ["population.strata", "'lnie'", "line"]),
    "a covariate that no stratum states": (
        'strata = ["line"]',
        'strata = ["subtype"]',
        ["population.strata", "'line'", "add it to the strata"],
    ),
    "no schedule": ('"30 Gy in 5 fr"', '"30 Gy"', ["population.schedule", "'30 Gy'"]),
    "range": ('"40 Gy in 5 fr"', '"30-40 Gy in 5 fr"', ["effect.schedule", "range"]),
    "accrual too slow to enrol": (
        "= 120",
        "= 2",
        ["accrual.centres", "12 centres", "13 patients in 2 months", "45 events"],
    ),
}

MODEL = {
    "unknown key": ("seed = 1", "sed = 1", ["key sampler.sed", "'seed'?"]),
    "unknown prior": ("[priors.median]", "[priors.medain]", ["key priors.medain", "'median'?"]),
    "unknown number": ("sd_log = 0.8", "sd_lg = 0.8", ["priors.median.sd_lg", "'sd_log'?"]),
    "alpha/beta 0": ("alpha_beta=4", "alpha_beta=0", ["key formula", "alpha_beta", "above 0"]),
    "alpha/beta -4": ("alpha_beta=4", "alpha_beta=-4", ["key formula", "alpha_beta", "above 0"]),
    "no cohort": ('"patients.csv"', '"patient.csv"', ["key cohort.file", "patient.csv"]),
    "no evidence": (
        'file = "patients.csv"',
        'evidence = "marazi2024"',
        ["key cohort.evidence", "did you mean 'marazzi2024'?"],
    ),
}

ROWS = {
    "negative time": ("time", -3.0, ["row 4, column time", "-3 is negative"]),
    "time in words": ("time", "soon", ["row 4, column time", "'soon'"]),
    "event 2": ("event", 2, ["row 4, column event", "'2' is neither 1"]),
    "unknown subtype": ("subtype", "HER2", ["row 4, column subtype", "did you mean 'HER2+'?"]),
    "no course": ("schedule", "50 Gy", ["row 4, column schedule", "fractions"]),
}


@pytest.mark.parametrize(("old", "new", "words"), TRIAL.values(), ids=TRIAL)
def test_trial(fresh: Place, capsys: Said, old: str, new: str, words: list[str]) -> None:
    fresh.edit(fresh.trial, old, new)
    told = sentence(command(fresh.run(), capsys))
    assert "trial.toml" in told
    assert all(word in told for word in words), told
    assert not fresh.results.exists()


@pytest.mark.parametrize("job", ["run", "fit"])
@pytest.mark.parametrize(("old", "new", "words"), MODEL.values(), ids=MODEL)
def test_model(
    fresh: Place, capsys: Said, job: str, *, old: str, new: str, words: list[str]
) -> None:
    fresh.edit(fresh.model, old, new)
    path = {"run": fresh.trial, "fit": fresh.model}[job]
    told = sentence(command([job, str(path), "--out", str(fresh.results)], capsys))
    assert "model.toml" in told
    assert all(word in told for word in words), told
    assert not fresh.results.exists()


@pytest.mark.parametrize(("column", "value", "words"), ROWS.values(), ids=ROWS)
def test_cohort(fresh: Place, capsys: Said, column: str, value: object, words: list[str]) -> None:
    lines = fresh.cohort.read_text(encoding="utf-8").splitlines()
    cells = lines[4].split(",")
    cells[lines[0].split(",").index(column)] = str(value)
    lines[4] = ",".join(cells)
    fresh.cohort.write_text("\n".join(lines), encoding="utf-8")
    told = sentence(command(fresh.run(), capsys))
    assert "patients.csv" in told
    assert all(word in told for word in words), told
    assert not fresh.results.exists()


@pytest.mark.parametrize(
    ("old", "new"),
    [("monotone(line)", "age"), ("bed(schedule", "bed(scheme"), ("(time", "(months")],
)
def test_absent_columns_are_told_before_anything_is_compiled(
    fresh: Place, capsys: Said, monkeypatch: pytest.MonkeyPatch, old: str, new: str
) -> None:
    def compile_pymc_model(model: object) -> object:
        raise AssertionError("compiled a model whose columns aren't there")

    monkeypatch.setattr("nutpie.compile_pymc_model", compile_pymc_model)
    fresh.edit(fresh.model, old, new)
    told = command(fresh.run(), capsys)
    assert told.code == 2
    assert "model.toml, key formula: there is no column" in told.err
    assert not fresh.results.exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\x00\xff\xfe\x80", "can't be read as UTF-8 text"),
        (b"a = 1\x00", "not valid TOML"),
    ],
    ids=["empty", "binary", "NUL"],
)
@pytest.mark.parametrize("job", ["run", "simulate", "report", "fit"])
def test_files_that_are_no_toml(
    tmp_path: Path, capsys: Said, job: str, content: bytes, words: str
) -> None:
    file = tmp_path / "plan.toml"
    file.write_bytes(content)
    told = sentence(command([job, str(file), "--out", str(tmp_path / "results")], capsys))
    assert "plan.toml" in told
    assert words in told
    assert sorted(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize(("job", "name"), [("run", "trial.toml"), ("fit", "model.toml")])
def test_files_that_are_not_there(tmp_path: Path, capsys: Said, job: str, name: str) -> None:
    nowhere = sentence(command([job, str(tmp_path / "nowhere")], capsys))
    folder = sentence(command([job, str(tmp_path)], capsys))
    assert "nowhere: there is no such file" in nowhere
    assert f"{name}: there is no such file" in folder


@pytest.mark.parametrize("content", [b"", b"\x00\xff\xfe\x80", b"\x00" * 50])
def test_cohorts_that_are_no_csv(fresh: Place, capsys: Said, content: bytes) -> None:
    fresh.cohort.write_bytes(content)
    assert "patients.csv" in sentence(command(fresh.run(), capsys))
    assert not fresh.results.exists()


@pytest.mark.parametrize("below", ["", "deeper"])
@pytest.mark.parametrize("job", ["run", "simulate", "report", "fit"])
def test_results_need_a_folder(fresh: Place, capsys: Said, job: str, below: str) -> None:
    fresh.results.write_text("mine", encoding="utf-8")
    path = fresh.model if job == "fit" else fresh.trial
    told = sentence(command([job, str(path), "--out", str(fresh.results / below)], capsys))
    assert "is a file; give another folder (--out)" in told
    assert fresh.results.read_text(encoding="utf-8") == "mine"


@pytest.mark.filterwarnings("ignore:the last look of the design with 120 patients")
def test_events_that_come_too_late_are_told_after_the_fit(done: Place, capsys: Said) -> None:
    done.edit(done.trial, "longest_months = 120", "longest_months = 22")
    told = sentence(command(done.run(), capsys))
    assert "trial.toml, key accrual.centres" in told
    assert "never reaches the 135 events of the design with 180 patients: by month 22" in told


def half(content: bytes) -> bytes:
    return content[: len(content) // 2]


@pytest.mark.parametrize(
    "pattern",
    [
        "posterior-*.nc",
        "chunks/*/*.npz",
        "ledger.json",
        "report.html",
        "report.json",
        "tables/*.csv",
    ],
)
def test_stored_results_that_were_cut_short(done: Place, capsys: Said, pattern: str) -> None:
    victim = sorted(done.results.glob(pattern))[0]
    victim.write_bytes(half(victim.read_bytes()))
    before = contents(done.results)
    told = sentence(command(done.run(), capsys))
    assert victim.name in told
    assert "delete it" in told
    assert contents(done.results) == before


@pytest.mark.parametrize("content", [b"", b"[]", b"{}x", b'{"report": {}}', b"\xff", b'{"a": 1}'])
def test_records_of_another_form(done: Place, capsys: Said, content: bytes) -> None:
    (done.results / "ledger.json").write_bytes(content)
    assert "ledger.json: this record of the results is damaged" in sentence(
        command(done.run(), capsys)
    )


@pytest.mark.parametrize("how", [half, lambda content: b""], ids=["half", "empty"])
def test_chunks_that_a_stopped_run_left_damaged(
    done: Place, capsys: Said, how: Callable[[bytes], bytes]
) -> None:
    """No record says what an unfinished step wrote, so the chunk itself has to tell."""
    for chunk in done.results.glob("chunks/*/*.npz"):
        chunk.write_bytes(how(chunk.read_bytes()))
    told = command(["simulate", str(done.trial), "--out", str(done.results)], capsys)
    assert told.code == 2
    assert told.err.strip().endswith("delete it and run again, the others are kept")


def test_reconstructed_cohorts_that_were_cut_short(
    fresh: Place, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    from oligotrial import cohort as cohorts
    from oligotrial.bayes.spec import read_analysis
    from oligotrial.study.stages import Workplace, make_cohort

    patients = cohorts.read(fresh.cohort)
    monkeypatch.setattr(cohorts, "reconstruct", lambda *args, **options: patients)
    fresh.edit(fresh.model, 'file = "patients.csv"', 'evidence = "marazzi2024"\ndraws = 1')
    from oligotrial.study.run import silent

    make_cohort(read_analysis(fresh.model), Workplace(fresh.results, silent))
    stored = fresh.results / "cohort.csv"
    stored.write_bytes(half(stored.read_bytes()))
    before = contents(fresh.results)
    told = sentence(command(["fit", str(fresh.model), "--out", str(fresh.results)], capsys))
    assert "cohort.csv: this stored result was changed or cut short" in told
    assert contents(fresh.results) == before


@pytest.mark.parametrize(
    "error",
    [
        PermissionError(13, "Permission denied", "model/patients.csv"),
        IsADirectoryError(21, "Is a directory", "trial"),
        OSError(28, "No space left on device"),
    ],
)
def test_what_the_system_refuses(
    fresh: Place, capsys: Said, monkeypatch: pytest.MonkeyPatch, error: OSError
) -> None:
    def refused(*args: object, **options: object) -> None:
        raise error

    monkeypatch.setattr("oligotrial.study.run", refused)
    told = sentence(command(fresh.run(), capsys))
    assert str(error.strerror) in told
    assert error.filename is None or error.filename in told


def test_a_full_disk_leaves_no_half_of_a_file(
    done: Place, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object, **options: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("numpy.savez_compressed", full)
    done.edit(done.trial, "seed = 7", "seed = 8")
    before = contents(done.results)
    told = command(["simulate", str(done.trial), "--out", str(done.results)], capsys)
    assert told.code == 2
    assert "No space left on device" in told.err
    assert "Traceback" not in told.err
    assert contents(done.results) == before
