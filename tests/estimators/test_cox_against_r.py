"""Evidence: other software. Values from R's survival package, see oracles/r_cox.json.

Six public data sets, each with every combination of ties, strata, entry, weights and clusters.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from oligotrial.estimators.concordance import harrell_c, uno_c
from oligotrial.estimators.cox import BRESLOW, EFRON, cox
from oligotrial.estimators.cox_residuals import score_residuals
from oligotrial.estimators.proportionality import (
    BY_KAPLAN_MEIER,
    BY_LOG_TIME,
    BY_RANK,
    BY_TIME,
    proportionality,
    scaled_schoenfeld_residuals,
    schoenfeld_residuals,
)

ORACLES = Path(__file__).parents[1] / "oracles"
R = json.loads((ORACLES / "r_cox.json").read_text(encoding="utf-8"))
DATA = {path.stem[4:]: pd.read_csv(path) for path in sorted(ORACLES.glob("cox_*.csv"))}
TIES = {ties.name: ties for ties in (EFRON, BRESLOW)}
SCALES = {scale.name: scale for scale in (BY_KAPLAN_MEIER, BY_RANK, BY_TIME, BY_LOG_TIME)}
NOT_COVARIATES = ["time", "event", "stratum", "cluster", "entry", "weight"]


def label(oracle):
    options = [key for key in ("strata", "entry", "weights") if oracle[key]]
    words = [oracle["data"], oracle.get("ties", ""), str(oracle.get("cluster", "")), *options]
    return " ".join(filter(None, words))


def close(value, expected):
    np.testing.assert_allclose(value, expected, rtol=1e-8, atol=1e-8)


def options(data, oracle):
    return {
        "entry": data["entry"] if oracle["entry"] else None,
        "strata": data["stratum"] if oracle["strata"] else None,
        "weights": data["weight"] if oracle["weights"] else None,
    }


def fit_of(data, oracle, **more):
    covariates = data.drop(columns=NOT_COVARIATES)
    return cox(
        data["time"],
        data["event"],
        covariates,
        ties=TIES[oracle["ties"]],
        **options(data, oracle),
        **more,
    )


@pytest.mark.parametrize("oracle", R["fits"], ids=label)
def test_fit(oracle):
    data = DATA[oracle["data"]]
    clusters = {
        "none": {"robust": False},
        "row": {"robust": True},
        "cluster": {"cluster": data["cluster"]},
    }
    fit = fit_of(data, oracle, **clusters[oracle["cluster"]])
    assert fit.converged
    close(fit.coefficients["log_hazard_ratio"], oracle["coef"])
    close(fit.coefficients["std_error"], oracle["std_error"])
    close([fit.null_log_likelihood, fit.log_likelihood], oracle["log_likelihood"])
    close(fit.score.chi_squared, oracle["score"])
    close(fit.wald.chi_squared, oracle["wald"])
    concordance = fit.concordance()
    close([concordance.value, concordance.std_error], oracle["concordance"])
    for scale, expected in oracle.get("zph", {}).items():
        close(proportionality(fit, scale=SCALES[scale]).tests["chi_squared"], expected)


@pytest.mark.parametrize("oracle", R["residuals"], ids=label)
def test_residuals_and_baseline_hazard(oracle):
    fit = fit_of(DATA[oracle["data"]].head(40), oracle)
    sample = fit.sample
    close(fit.martingale_residuals(), oracle["martingale"])
    close(sample.given_order(score_residuals(sample, fit.maximum.best)), oracle["score"])
    close(schoenfeld_residuals(fit), oracle["schoenfeld"])
    close(scaled_schoenfeld_residuals(fit), oracle["scaled"])
    baseline = fit.cumulative_hazard()
    close(baseline["time"], oracle["time"])
    close(baseline["cumulative_hazard"], oracle["hazard"])


@pytest.mark.parametrize("oracle", R["concordance"], ids=label)
def test_concordance_of_a_covariate(oracle):
    data = DATA[oracle["data"]]
    given = options(data, oracle) | {
        "risk": data.drop(columns=NOT_COVARIATES).iloc[:, 0],
        "cluster": data["cluster"] if oracle["cluster"] else None,
    }
    pairs(harrell_c(data["time"], data["event"], **given), oracle["harrell"])
    if "uno" in oracle:
        del given["entry"]
        pairs(uno_c(data["time"], data["event"], **given), oracle["uno"])
        until = uno_c(data["time"], data["event"], until=oracle["until"], **given)
        pairs(until, oracle["uno_until"])


def pairs(c, expected):
    close([c.value, c.std_error, c.concordant, c.discordant, c.tied], expected)


@pytest.mark.parametrize("how", ["a categorical covariate", "terms by name"])
def test_a_covariate_of_several_columns(how):
    data = DATA["veteran"]
    # R's reference is the first level: squamous.
    levels = ["squamous", "smallcell", "adeno", "large"]
    cells = pd.Categorical(data["cluster"], categories=levels)
    if how == "a categorical covariate":
        covariates = pd.DataFrame({"celltype": cells, "karno": data["karno"]})
        terms = None
    else:
        covariates = pd.get_dummies(cells)[levels[1:]].assign(karno=data["karno"])
        terms = {"celltype": levels[1:], "karno": ["karno"]}
    fit = cox(data["time"], data["event"], covariates)
    close(fit.coefficients["log_hazard_ratio"], R["term"]["coef"])
    tests = proportionality(fit, terms=terms).tests
    assert list(tests.index) == ["celltype", "karno", "global"]
    close(tests["chi_squared"], R["term"]["zph"])
    assert list(tests["df"]) == R["term"]["df"]
    close(tests["p"], R["term"]["p"])


def test_tests_and_limits_follow_from_estimates():
    data = DATA["lung"]
    fit = cox(data["time"], data["event"], data[["age", "ph.ecog"]], level=0.9)
    row = fit.coefficients.loc["ph.ecog"]
    limits = np.exp(
        row["log_hazard_ratio"] + np.array([-1, 1]) * 1.6448536269514722 * row["std_error"]
    )
    close([row["lower"], row["upper"]], limits)
    assert fit.likelihood_ratio.df == 2
    gain = fit.log_likelihood - fit.null_log_likelihood
    assert fit.likelihood_ratio.chi_squared == pytest.approx(2 * gain)
    assert fit.likelihood_ratio.p == pytest.approx(np.exp(-fit.likelihood_ratio.chi_squared / 2))
