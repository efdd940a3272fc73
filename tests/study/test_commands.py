"""`fit`, `simulate` and `report` use what `run` left, and leave what `run` uses."""

import pandas as pd
import pytest

from .small import Place, command, contents

type Said = pytest.CaptureFixture[str]


def test_fit_shows_effects_and_checks(done: Place, capsys: Said) -> None:
    stored = (done.results / "posterior-weibull.nc").read_bytes()
    told = command(["fit", str(done.model), "--out", str(done.results)], capsys)
    assert told.code == 0
    assert told.out.startswith("patients.csv\n")
    assert "Effects" in told.out
    assert "fourth+ against first" in told.out
    assert "…" not in told.out
    assert "WARNING: Bulk ESS, all cohort draws is" in told.out
    assert f"Posterior: {done.results / 'posterior-weibull.nc'}\n" in told.out
    assert (done.results / "posterior-weibull.nc").read_bytes() == stored


def test_simulate_stores_operating_characteristics(done: Place, capsys: Said) -> None:
    told = command(["simulate", str(done.trial), "--out", str(done.results)], capsys)
    assert told.code == 0
    assert f"All columns: {done.results / 'operating.csv'}\n" in told.out
    alone = pd.read_csv(done.results / "operating.csv")
    reported = pd.read_csv(done.results / "tables" / "operating.csv")
    shared = [name for name in reported if name in alone]
    assert {"scenario", "patients", "events", "estimate", "mc_se"} <= set(shared)
    pd.testing.assert_frame_equal(alone[shared], reported[shared], check_exact=False, rtol=1e-6)


def test_report_writes_the_page_again(done: Place, capsys: Said) -> None:
    page = done.results / "report.html"
    before = contents(done.results)
    page.unlink()
    told = command(["report", str(done.trial), "--out", str(done.results)], capsys)
    assert told.code == 0
    assert "Nothing has changed" not in told.out
    assert "Fitting" not in told.err
    after = contents(done.results)
    assert [name for name in before if name != "ledger.json" and after[name] != before[name]] == []
    again = command(done.run(), capsys)
    assert "Nothing has changed since these results were made" in again.out
    assert f"Report: {page}\n" in again.out
