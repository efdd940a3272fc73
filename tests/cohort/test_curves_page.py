"""Developer check: docs/curves.md shows the figures that scripts/digitised.py makes."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

from oligotrial import cohort
from oligotrial.cohort import curves
from oligotrial.estimators import kaplan_meier

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def study() -> ModuleType:
    spec = importlib.util.spec_from_file_location("digitised", ROOT / "scripts" / "digitised.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["digitised"] = module
    spec.loader.exec_module(module)
    return module


def test_the_tables_are_those_of_the_study(study: ModuleType) -> None:
    shown = study.markdown(pd.read_csv(ROOT / "docs" / "curves_coverage.csv")).strip()
    assert shown.count("| 60 |") == 7 * len(study.PRINTED)
    assert shown in (ROOT / "docs" / "curves.md").read_text(encoding="utf-8")


def test_curves_are_read_at_their_drops_with_the_error_that_is_said(study: ModuleType) -> None:
    (split,) = study.splits(1, seed=3)
    rows = split.frame
    generator = np.random.default_rng(1)
    read = study.digitised(rows, study.Printed(True, True), error=0.01, generator=generator)
    estimate = kaplan_meier(rows["time"], rows["event"])
    away = read.survival - estimate.at(read.time)
    assert set(read.time) == {*estimate.time[estimate.events > 0], rows["time"].max()}
    assert np.std(away) == pytest.approx(0.01, rel=4.0 / np.sqrt(2.0 * len(away)))
    assert read.events == rows["event"].sum()
    assert read.risk_table is not None
    assert read.risk_table.at_risk[0] == len(rows)


def test_exact_readings_give_the_truth_back(study: ModuleType) -> None:
    (split,) = study.splits(1, seed=4)
    name = "curves, numbers at risk and events"
    found = pd.DataFrame(study.compare(split, name, draws=2, error=1e-4)).set_index("quantity")
    assert found.loc["events of an arm", "mean"] == found.loc["events of an arm", "truth"]
    ratio = found.loc["log hazard ratio"]
    assert ratio["mean"] == pytest.approx(ratio["truth"], abs=0.02)
    line = study.summary(found.reset_index().assign(low=-np.inf)).set_index("quantity")
    assert (line["splits"] == 0).all()  # what isn't finite isn't counted


def test_the_names_of_curves_are_those_of_cohort() -> None:
    for name in set(curves.__all__) - {"reconstruct"}:
        assert getattr(cohort, name) is getattr(curves, name)
    assert cohort.reconstruct_curves is curves.reconstruct
    assert cohort.reconstruct is not curves.reconstruct
