"""Evidence: the log-rank test is the score test of the unadjusted hazard ratio (identity), and
patients whose direction is known and of whom only undirected numbers are published."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from oligotrial import cohort, evidence
from oligotrial.checks import InputError
from oligotrial.cohort import (
    PrintedCox,
    PrintedMean,
    PrintedMedian,
    PrintedRates,
    PrintedRisk,
    PrintedTest,
)
from oligotrial.cohort.directions import coded, worse_group
from oligotrial.cohort.draw import covariate_codes
from oligotrial.cohort.target import Target
from oligotrial.cohort.targets import targets
from oligotrial.estimators import cox, log_rank
from oligotrial.evidence import Comparison, Evidence, Statistic

P_ONLY = PrintedTest("grp", chi_squared=False)


def patients(better: str = "b", *, factor: float = 3.0, seed: int = 3) -> cohort.Cohort:
    rng = np.random.default_rng(seed)
    group = np.repeat(["a", "b"], 30)
    time = rng.exponential(1.0, 60) * np.where(group == better, 6.0 * factor, 6.0)
    censored = rng.uniform(10.0, 40.0, 60)
    frame = pd.DataFrame(
        {
            "time": np.minimum(time, censored).round(2) + 0.1,
            "event": (time <= censored).astype(int),
            "grp": group,
        }
    )
    return cohort.Cohort(frame, label="simulated", source="simulation")


def ratios(printed: Evidence, draws: int = 8) -> np.ndarray:
    """Return each draw's hazard ratio of b against a."""
    made = cohort.reconstruct(printed, draws=draws, seed=1, steps=40_000)
    return np.array(
        [
            cox(
                frame["time"], frame["event"], {"b": (frame["grp"].astype(str) == "b") * 1.0}
            ).coefficients["hazard_ratio"].iloc[0]
            for frame in made.frames()
        ]
    )  # fmt: skip


@pytest.mark.parametrize("better", ["a", "b"])
@pytest.mark.parametrize(
    "told",
    [
        [PrintedMedian("grp")],
        [PrintedRates((12,), by="grp")],
        [PrintedCox(("grp",), c_index=False)],
    ],
    ids=["medians", "rates", "ratio"],
)
def test_a_test_known_by_its_p_alone_goes_the_way_that_print_tells(better, told):
    printed = cohort.publish(patients(better), [PrintedMedian(), P_ONLY, *told], accrual_months=24)
    logs = np.log(ratios(printed))
    assert (logs < 0.0).all() if better == "b" else (logs > 0.0).all()


def test_a_ratio_is_met_in_its_direction_beside_a_chi_squared():
    own = patients("b", factor=1.3, seed=5)  # p above 0.1: curves would tell nothing
    printed = cohort.publish(
        own,
        [PrintedMedian(), PrintedTest("grp"), PrintedCox(("grp",)), PrintedRisk((0.0, 12.0))],
        accrual_months=24,
    )
    assert printed.comparison("grp").p > 0.1
    made, truth = ratios(printed), printed["cox.hazard_ratio[covariate=grp]"].value
    assert truth < 1.0
    assert (made < 1.0).all()
    np.testing.assert_allclose(np.log(made), np.log(truth), atol=0.1)


def test_without_anything_that_tells_both_directions_stay():
    printed = cohort.publish(patients(), [PrintedMedian(), P_ONLY], accrual_months=24)
    logs = np.log(ratios(printed, draws=16))
    assert (logs < 0.0).any()
    assert (logs > 0.0).any()


@pytest.mark.parametrize("seed", range(20))
def test_the_unadjusted_ratio_has_the_direction_of_the_test(seed):
    # Score of Breslow's likelihood at 0 = observed less expected events (Cox 1972).
    own = patients(factor=1.1, seed=seed)
    printed = cohort.publish(own, [PrintedMedian(), P_ONLY, PrintedCox(("grp",), c_index=False)])
    frame = own.frames()[0]
    test = log_rank(frame["time"], frame["event"], group=frame["grp"].astype(str))
    worse = test.groups[int(np.argmax(np.subtract(test.observed, test.expected)))]
    assert worse_group(printed, printed.comparison("grp")) == worse


def hand_written(*statistics: tuple[str, float], p: float, **more: object) -> Evidence:
    rows = tuple(
        Statistic(key, value, None, None, None, "ratio", "Table", group=_group(key))
        for key, value in (("pfs.median", 9.0), *statistics)
    )
    test = Comparison("pfs.logrank[arm]", "pfs", "arm", ("new", "old"), None, 1, p, "Table")
    empty = Evidence("x", "", "", "", "", "", "", 40, statistics=rows, comparisons=(test,))
    return replace(empty, **more)


def _group(key: str) -> tuple[str, str] | None:
    inside = key.partition("[")[2].rstrip("]")
    variable, _, level = inside.partition("=")
    return (variable, level) if level and variable != "covariate" else None


MEDIANS = (("pfs.median[arm=new]", 12.0), ("pfs.median[arm=old]", 6.0))
RATIO = ("cox.hazard_ratio[covariate=arm]", 0.45)
OTHER = ("cox.hazard_ratio[covariate=age_group]", 1.2)


@pytest.mark.parametrize(
    ("printed", "worse", "reference"),
    [
        (hand_written(*MEDIANS, p=0.05), "old", "new"),
        (hand_written(*MEDIANS, p=0.2), "", "new"),
        # The test's levels begin with the new arm, but curves and ratio tell what it is against.
        (hand_written(*MEDIANS, RATIO, p=0.006), "old", "old"),
        (hand_written(RATIO, p=0.4, references={"arm": "old"}), "old", "old"),
        (hand_written(RATIO, p=0.4), "new", "new"),
        (hand_written(RATIO, OTHER, p=0.4), "", "new"),
        (hand_written(RATIO, OTHER, p=0.05), "new", "new"),
        (hand_written(RATIO, OTHER, p=0.05, references={"arm": "old"}), "old", "old"),
        (hand_written(RATIO, p=0.4, codes={"arm": {"new": 2.0, "old": 1.0}}), "old", "old"),
        (hand_written(("uni.hazard_ratio[covariate=arm]", 2.0), OTHER, p=0.9), "old", "new"),
        (hand_written(("pfs.mean[arm=new]", 9.0), ("pfs.mean[arm=old]", 8.0), *MEDIANS[::-1],
                      p=0.1), "old", "new"),
        (hand_written(("pfs.1_year[arm=new]", 0.3), ("pfs.1_year[arm=old]", 0.4), p=0.01),
         "new", "new"),
        (hand_written(("pfs.incidence.6_months[arm=new]", 30.0),
                      ("pfs.incidence.6_months[arm=old]", 40.0), p=0.01), "old", "new"),
    ],
)  # fmt: skip
def test_what_tells_the_direction_and_the_reference(printed, worse, reference):
    assert worse_group(printed, printed.comparison("arm")) == worse
    assert coded(printed, "arm", ("new", "old"))[0] == reference


def test_directions_are_of_two_groups():
    three = Comparison("pfs.logrank[arm]", "pfs", "arm", ("a", "b", "c"), None, 2, 0.01, "Table")
    assert worse_group(hand_written(*MEDIANS, p=0.01), three) == ""


def test_the_target_of_a_p_has_its_direction():
    printed = cohort.publish(patients(), [PrintedMedian(), PrintedMedian("grp"), P_ONLY])
    (found,) = (each for each in targets(printed) if each.p_df)
    assert isinstance(found, Target)
    assert found.worse == "a"
    assert cohort.publish(patients(), [PrintedMean(), P_ONLY]).comparison("grp").chi_squared is None


SITES = {"brain": 3, "bone": 1, "lung": 2, "nodes": 2, "primary": 9, "liver": 0.5}


def test_stated_codes_are_what_the_regression_is_fitted_with():
    marazzi = evidence.load("marazzi2024")
    coded_so = covariate_codes(replace(marazzi, codes={"site": SITES}))
    assert coded_so["site"] == SITES
    assert {**coded_so, "site": None} == {**covariate_codes(marazzi), "site": None}


@pytest.mark.parametrize(
    "codes", [{"brain": 1, "bone": 2}, {**SITES, "spine": 4}], ids=["missing", "unknown"]
)
def test_codes_of_other_levels_are_refused(codes):
    marazzi = replace(evidence.load("marazzi2024"), codes={"site": codes})
    with pytest.raises(InputError, match=r"codes of site: .* give each level a number"):
        cohort.reconstruct(marazzi, draws=1, steps=10)
