"""Stages are kept: what didn't change isn't made again, and how it was made doesn't show."""

import json
import subprocess
import sys
from collections.abc import Mapping

import pandas as pd
import pytest

from oligotrial.study import Outcome, fit, run, simulate
from oligotrial.study.ledger import toolkit

from .conftest import Recorder
from .small import Place, contents

AGAIN = """
import json, sys, time
from oligotrial.study import run
from oligotrial.study.ledger import toolkit

start = time.perf_counter()
outcome = run(sys.argv[1], out=__import__("pathlib").Path(sys.argv[2]))
print(json.dumps({
    "toolkit": toolkit(),
    "unchanged": outcome.unchanged,
    "sentence": outcome.sentence,
    "loaded": sorted({"pymc", "pytensor", "nutpie", "arviz", "matplotlib"} & set(sys.modules)),
    "seconds": time.perf_counter() - start,
}))
"""


def result_tables(place: Place) -> dict[str, bytes]:
    """Return the bytes of every result table."""
    return contents(place.results / "tables")


def test_second_run_is_quick_and_loads_no_sampler(finished: tuple[Place, Outcome]) -> None:
    place, first = finished
    before = contents(place.results)
    told = subprocess.run(
        [sys.executable, "-c", AGAIN, str(place.trial), str(place.results)],
        capture_output=True,
        text=True,
        check=True,
    )
    again = json.loads(told.stdout)
    if again["toolkit"] != [list(each) for each in toolkit()]:
        pytest.skip("the package's code was edited after this session's first run")
    assert again["unchanged"]
    assert again["sentence"] == first.sentence
    assert again["loaded"] == []
    assert again["seconds"] < 2.0
    assert contents(place.results) == before


def test_first_run_recommends_the_smallest_size_that_reaches_the_target(
    finished: tuple[Place, Outcome],
) -> None:
    place, outcome = finished
    assert not outcome.unchanged
    assert outcome.page == place.results / "report.html"
    table = pd.read_csv(place.results / "tables" / "operating.csv")
    power = table[table["scenario"] == "power"].set_index("patients")["estimate"]
    reached = [size for size in power.index if (power[power.index >= size] >= 0.80).all()]
    assert outcome.sentence.startswith(f"{min(reached)} first- and second-line patients")
    assert f"has a power of {power[min(reached)]:.3f}" in outcome.sentence


def test_another_effect_prior_simulates_assurance_only(done: Place) -> None:
    before = contents(done.results)
    done.edit(done.trial, "hazard_ratio = 1.0\nlower = 0.65", "hazard_ratio = 0.9\nlower = 0.65")
    steps = Recorder()
    outcome = run(done.trial, out=done.results, workers=1, steps=steps)
    after = contents(done.results)
    assert not outcome.unchanged
    assert [title for title in steps.seen if title.startswith(("Fitting", "Reconstr"))] == []
    assert after["posterior-weibull.nc"] == before["posterior-weibull.nc"]
    assert ledger(after)["fit weibull"] == ledger(before)["fit weibull"]
    assert steps.seen["Simulating 6 design points"][0] == (3, 6)
    old, new = (pd.read_csv(place) for place in operating_tables(before, after))
    powers = old["scenario"] == "power"
    pd.testing.assert_frame_equal(old[powers], new[powers])
    assert (new[~powers]["estimate"] > old[~powers]["estimate"]).all()


def operating_tables(*folders: Mapping[str, bytes]) -> list[object]:
    from io import BytesIO

    return [BytesIO(folder["tables/operating.csv"]) for folder in folders]


def ledger(folder: Mapping[str, bytes]) -> dict[str, object]:
    """Return what a results folder records."""
    records: dict[str, object] = json.loads(folder["ledger.json"])
    return records


def test_an_interrupted_run_goes_on_to_the_same_bytes_with_any_number_of_workers(
    finished: tuple[Place, Outcome], done: Place
) -> None:
    for chunk in done.results.glob("chunks/*/*.npz"):
        chunk.unlink()
    for name in ("tables", "figures"):
        for file in (done.results / name).iterdir():
            file.unlink()
    stop = Recorder(stop=("Simulating 6 design points", 2))
    with pytest.raises(KeyboardInterrupt):
        run(done.trial, out=done.results, workers=2, steps=stop)
    kept = len(list(done.results.glob("chunks/*/*.npz")))
    assert 2 <= kept < 6
    assert not list((done.results / "tables").iterdir())

    steps = Recorder()
    outcome = run(done.trial, out=done.results, workers=2, steps=steps)
    assert steps.seen["Simulating 6 design points"][0] == (kept, 6)
    assert "Fitting weibull baseline" not in steps.seen
    assert not outcome.unchanged
    uninterrupted = finished[0]
    assert result_tables(done) == result_tables(uninterrupted)
    assert (
        contents(done.results / "chunks").keys()
        == contents(uninterrupted.results / "chunks").keys()
    )


def test_a_fit_that_is_interrupted_leaves_nothing_behind(fresh: Place) -> None:
    stop = Recorder(stop=("Fitting weibull", 1))
    with pytest.raises(KeyboardInterrupt):
        fit(fresh.model, out=fresh.results, steps=stop)
    assert not fresh.results.exists()


def test_workers_do_not_show_in_simulated_figures(done: Place) -> None:
    tables = {}
    for workers in (1, 2, 3):
        for chunk in done.results.glob("chunks/*/*.npz"):
            chunk.unlink()
        told = simulate(done.trial, out=done.results, workers=workers)
        tables[workers] = told.path.read_bytes()
    assert tables[1] == tables[2] == tables[3]


def test_another_cohort_is_fitted_again(done: Place) -> None:
    """The digest of a fit has to see the patients: one event more is another posterior."""
    text = done.cohort.read_text(encoding="utf-8")
    row = next(line for line in text.splitlines() if line.endswith(",0"))
    done.edit(done.cohort, row, row[:-1] + "1")
    before = (done.results / "posterior-weibull.nc").read_bytes()
    steps = Recorder()
    fit(done.model, out=done.results, steps=steps)
    assert "Fitting weibull baseline" in steps.seen
    assert (done.results / "posterior-weibull.nc").read_bytes() != before


def test_quick_results_say_that_they_are_a_try_out(
    fresh: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(fresh.folder)
    fresh.edit(fresh.trial, "replicates = 200", "replicates = 2000")
    outcome = run(fresh.trial, quick=True)
    folder = fresh.folder / "results" / "trial-quick"
    assert outcome.page.resolve() == (folder / "report.html").resolve()
    assert any("Try-out" in warning and "--quick" in warning for warning in outcome.warnings)
    assert "Try-out" in outcome.page.read_text(encoding="utf-8")
    assert any(
        "Try-out" in each for each in json.loads((folder / "report.json").read_bytes())["warnings"]
    )
    operating = pd.read_csv(folder / "tables" / "operating.csv")
    assert set(operating["replicates"]) == {200}
    assert sorted(set(operating["patients"])) == [60, 180]
