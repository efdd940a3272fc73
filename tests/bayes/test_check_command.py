"""Developer checks: `oligotrial check` and `oligotrial sbc`, as they are typed."""

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from oligotrial.cli import app

MODEL = """
title = "Made-up patients"
formula = "Surv(time, event) ~ x"

[cohort]
file = "patients.csv"

[baseline]
kind = "weibull"
also = ["exponential"]

[sampler]
chains = 4
tune = 300
draws = 400
seed = 1
"""


@pytest.fixture
def model(tmp_path):
    rng = np.random.default_rng(3)
    latent, censored = 12.0 * rng.weibull(2.0, 60), rng.uniform(6.0, 40.0, 60)
    rows = pd.DataFrame({"time": np.minimum(latent, censored), "x": rng.normal(size=60).round(3)})
    rows = rows.assign(event=(latent <= censored) * 1, arm=rng.choice(["a", "b"], 60))
    folder = tmp_path / "made_up"
    folder.mkdir()
    rows.to_csv(folder / "patients.csv", index=False)
    (folder / "model.toml").write_text(MODEL, encoding="utf-8")
    return folder


def typed(*words: object):
    return CliRunner().invoke(app, list(map(str, words)), catch_exceptions=False)


def test_check_tells_of_every_model_and_compares_them(model, tmp_path):
    out = tmp_path / "results"
    found = typed("check", model, "--out", out, "--by", "arm")
    assert found.exit_code in (0, 1)
    assert (found.exit_code == 1) == ("WARNING" in found.output)
    for name in ("weibull", "exponential"):
        assert pd.read_csv(out / f"checks-{name}.csv")["quantity"].str.contains("Predictive").any()
        assert len(pd.read_csv(out / f"loo-{name}.csv")) == 60
        assert (out / f"predictive-{name}.png").is_file()
        assert set(pd.read_csv(out / f"predictive-{name}.csv")["group"].dropna()) == {"a", "b"}
    compared = pd.read_csv(out / "compared.csv")
    assert compared["model"][0] == "weibull"  # the truth's shape is 2
    assert "weibull foretells left-out patients best" in found.output


def test_sbc_tells_of_every_model_and_goes_on(model, tmp_path):
    out = tmp_path / "results"
    first = typed("sbc", model, "--out", out, "--data-sets", 20, "--patients", 30)
    assert first.exit_code == 0, first.output
    assert "all ranks are uniform" in first.output
    made = sorted((out / "sbc").rglob("*.npz"))
    assert len(made) == 40
    times = [path.stat().st_mtime_ns for path in made]
    again = typed("sbc", model, "--out", out, "--data-sets", 20, "--patients", 30)
    assert again.exit_code == 0
    assert [path.stat().st_mtime_ns for path in made] == times
    assert (out / "sbc-weibull.png").is_file()


def test_an_unknown_group_is_told(model, tmp_path):
    with pytest.raises(ValueError, match="no column 'amr'"):
        typed("check", model, "--out", tmp_path / "r", "--by", "amr")
