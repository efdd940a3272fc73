"""The commands, as they are typed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import oligotrial.study
from oligotrial import study
from oligotrial.cli import main

type Said = pytest.CaptureFixture[str]


def typed(line: list[str], monkeypatch: pytest.MonkeyPatch, capsys: Said) -> tuple[int, str, str]:
    """Run a command line in this process; return its exit code, output and errors."""
    monkeypatch.setattr(sys, "argv", ["oligotrial", *line])
    code = 0
    try:
        main()
    except SystemExit as end:
        code = int(end.code or 0)
    said = capsys.readouterr()
    return code, said.out, said.err


def test_bed_agrees_with_the_formula(monkeypatch: pytest.MonkeyPatch, capsys: Said) -> None:
    """50 Gy in 5 fractions at alpha/beta 10: BED = 50 * (1 + 10 / 10) = 100, EQD2 83.33."""
    code, out, _ = typed(["bed", "50 Gy in 5 fr", "--alpha-beta", "10"], monkeypatch, capsys)
    assert code == 0
    row = next(line for line in out.splitlines() if "50 Gy in 5 fr" in line)
    assert row.split()[5:] == ["single", "50", "5", "10", "10", "100", "83.33", "yes", "yes"]
    assert "…" not in out


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (["bed", "50 Gy in 5 fr", "--alpha-beta", "0"], "alpha_beta: 0 is not a number above 0"),
        (["bed", "50 Gy in 5 fr", "--alpha-beta", "-4"], "alpha_beta: -4 is not a number above 0"),
        (["bed", "50 Gy"], "schedule '50 Gy': the number of fractions is missing"),
    ],
)
def test_bed_refuses(
    monkeypatch: pytest.MonkeyPatch, capsys: Said, line: list[str], words: str
) -> None:
    code, out, err = typed(line, monkeypatch, capsys)
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert words in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("job", ["run", "fit", "simulate", "report"])
def test_options_are_the_documented_ones(
    monkeypatch: pytest.MonkeyPatch, capsys: Said, job: str
) -> None:
    code, out, _ = typed([job, "--help"], monkeypatch, capsys)
    assert code == 0
    for words in ("--out ", "--workers", "--quick", "results/NAME", "one a core"):
        assert words in out
    refused, _, _ = typed([job, "somewhere", "--workers", "0"], monkeypatch, capsys)
    assert refused == 2


def test_help_loads_nothing_heavy() -> None:
    script = """
import sys
from oligotrial.cli import main
sys.argv = ["oligotrial", "--help"]
try:
    main()
except SystemExit:
    pass
print(sorted({"numpy", "pandas", "pymc", "numba", "matplotlib", "pydantic"} & set(sys.modules)))
"""
    told = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert told.stdout.splitlines()[-1] == "[]"
    assert "Plan a randomised trial from little data" in told.stdout


def test_demo_keeps_files_that_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    ran: list[tuple[object, object]] = []

    def run(path: Path, *, out: Path, **options: object) -> study.Outcome:
        ran.append((path, out))
        return study.Outcome("A [red]sentence[/red].", out / "report.html", ("careful",), False)

    monkeypatch.setattr(oligotrial.study, "run", run)
    folder = tmp_path / "a [demo]"
    mine = folder / "models" / "pfs_ar" / "model.toml"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine", encoding="utf-8")
    code, out, _ = typed(["demo", str(folder)], monkeypatch, capsys)
    assert code == 0
    assert mine.read_text(encoding="utf-8") == "mine"
    trial = folder / "simulations" / "oligoprogression_phase2"
    worked = Path(__file__).parents[1] / "simulations" / "oligoprogression_phase2"
    assert (trial / "trial.toml").read_bytes() == (worked / "trial.toml").read_bytes()
    assert ran == [(trial, folder / "results")]
    assert f"oligotrial run {trial} --out {folder / 'results'}\n" in out
    assert "A [red]sentence[/red].\n" in out
    assert "WARNING: careful\n" in out


def test_the_worked_example_is_read(tmp_path: Path) -> None:
    """What demo copies is complete: trial and model are found and pass every check."""
    from oligotrial.bayes.spec import read_analysis
    from oligotrial.spec import read_study

    copied = read_study(study.copy_worked_example(tmp_path))
    assert copied.model_path.is_relative_to(tmp_path)
    assert read_analysis(copied.model_path).models


def test_an_interrupt_is_one_line_and_130(monkeypatch: pytest.MonkeyPatch, capsys: Said) -> None:
    def run(*args: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(oligotrial.study, "run", run)
    code, out, err = typed(["run", "somewhere"], monkeypatch, capsys)
    assert (code, out) == (130, "")
    assert err.startswith("stopped; what is finished is kept")
    assert err.count("\n") == 1


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
def heeding_ctrl_c() -> None:
    """Undo what a shell does to the jobs that it puts in the background."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_ctrl_c_on_a_running_program(tmp_path: Path) -> None:
    """The real thing: SIGINT while the worked example's cohorts are reconstructed."""
    trial = study.copy_worked_example(tmp_path)
    line = [sys.executable, "-c", "from oligotrial.cli import main; main()"]
    started = subprocess.Popen(
        [*line, "run", str(trial), "--out", str(tmp_path / "results")],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "TERM": "xterm", "FORCE_COLOR": "1"},
        text=True,
        preexec_fn=heeding_ctrl_c if os.name == "posix" else None,
    )
    assert started.stderr is not None
    seen = ""
    while "Reconstructing" not in seen:
        seen += started.stderr.read(1)
    started.send_signal(signal.SIGINT)
    out, err = started.communicate(timeout=120)  # what is compiling or under way ends first
    assert started.returncode == 130
    assert "stopped; what is finished is kept" in err
    assert "Traceback" not in out + err
    assert not (tmp_path / "results" / "cohort.csv").exists()
