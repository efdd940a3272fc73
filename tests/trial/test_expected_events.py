"""Events by time, sample size and the formulas: rpact, gsDesign, printed numbers, quadrature."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from oligotrial.checks import InputError
from oligotrial.hazard import PiecewiseExponential
from oligotrial.trial import (
    AccrualPeriods,
    ExponentialTrial,
    compare_formulas,
    compare_sizes,
    event_probability,
    events_by,
    freedman_events,
    freedman_power,
    hsieh_freedman_events,
    hsieh_freedman_power,
    lachin_foulkes_log_patients,
    lachin_foulkes_patients,
    log_rank_information,
    month_of_events,
    schoenfeld_events,
    schoenfeld_power,
)

ORACLES = Path(__file__).parents[1] / "oracles"
RPACT = json.loads((ORACLES / "rpact_events.json").read_bytes())
GSDESIGN = json.loads((ORACLES / "gsdesign_lachin_foulkes.json").read_bytes())
FORMULAS = {
    "Schoenfeld": (schoenfeld_events, schoenfeld_power),
    "Freedman": (freedman_events, freedman_power),
    "HsiehFreedman": (hsieh_freedman_events, hsieh_freedman_power),
}


@pytest.mark.parametrize("row", RPACT["formulas"])
def test_formulas_of_rpact(row: dict) -> None:
    events, power = FORMULAS[row["formula"]]
    setting = {"alpha": row["alpha"], "experimental_share": row["ratio"] / (1 + row["ratio"])}
    found = events(row["power"], row["hazard_ratio"], **setting)
    assert found == pytest.approx(row["events"], abs=1e-7)
    found = power(90, row["hazard_ratio"], **setting)
    assert found == pytest.approx(row["power_at_90"], abs=1e-9)


def arms(control: list[float], cuts: list[float], ratio: float) -> tuple:
    return tuple(
        PiecewiseExponential(tuple(rate * scale for rate in control), tuple(cuts))
        for scale in (1.0, ratio)
    )


@pytest.mark.parametrize("row", RPACT["events_by"])
def test_events_by_time_of_rpact(row: dict) -> None:
    """rpact gives shares of all patients; in its third case, with three accrual rates, it misses
    our quadrature below by 5e-8.
    """
    accrual = AccrualPeriods(tuple(row["ends"]), tuple(row["intensity"]))
    share = row["ratio"] / (1 + row["ratio"])
    found = events_by(
        np.array(row["time"]),
        arms(row["control"], row["cuts"], row["hazard_ratio"]),
        accrual=accrual,
        experimental_share=share,
        dropout_per_month=row["dropout_per_month"],
    )
    assert accrual.patients == pytest.approx(row["patients"])
    expected = np.stack([row["control_probability"], row["experimental"]], axis=-1)
    in_arm = accrual.patients * np.array([1 - share, share])
    np.testing.assert_allclose(found / in_arm, expected, atol=1e-7, rtol=0)


def trial(row: dict) -> ExponentialTrial:
    return ExponentialTrial(
        row["control_hazard"],
        row["hazard_ratio"],
        row["accrual_months"],
        row["total_months"] - row["accrual_months"],
        row["dropout"],
        row["ratio"] / (1 + row["ratio"]),
    )


@pytest.mark.parametrize("row", GSDESIGN["rows"])
def test_lachin_foulkes_of_gsdesign(row: dict) -> None:
    size = {"rd": lachin_foulkes_patients, "rr": lachin_foulkes_log_patients}[row["type"]]
    patients = size(trial(row), row["power"], alpha=row["alpha"])
    assert patients == pytest.approx(row["patients"], rel=1e-10)
    assert trial(row).events(patients) == pytest.approx(row["events"], rel=1e-10)


def test_printed_by_other_software() -> None:
    """SAS 9.4 SEQDESIGN and East 6.5, quoted in gsDesign's test-independent-test-nSurv.R.

    SAS: hazard ratio 0.5, one-sided 2.5%, power 90%: 87.4793 events. East: medians 10 and 20
    months, 4 patients a month for 12 months, analysis at 42: 39.02121789 events, power 0.58120457.
    """
    events = schoenfeld_events(0.9, 0.5, alpha=0.025)
    assert events == pytest.approx(87.4793, abs=5e-5)
    east = events_by(
        np.array([42.0]), arms([np.log(2) / 10], [], 0.5), accrual=AccrualPeriods((12.0,), (4.0,))
    )
    assert east.sum() == pytest.approx(39.02121789, abs=1e-8)
    power = schoenfeld_power(east.sum(), 0.5, alpha=0.025)
    assert power == pytest.approx(0.58120457, abs=5e-8)  # East is off in the eighth digit


@given(
    rates=st.lists(st.floats(0.0, 0.5), min_size=3, max_size=3),
    dropout=st.floats(0.0, 0.2),
    months=st.floats(0.0, 40.0),
)
@settings(deadline=None, max_examples=40)
def test_probability_by_quadrature(rates: list[float], dropout: float, months: float) -> None:
    hazard = PiecewiseExponential(tuple(rates), (4.0, 11.0))

    def density(time: float) -> float:
        rate = rates[(time >= 4.0) + (time >= 11.0)]
        return rate * np.exp(-float(hazard.cumulative_hazard(time)) - dropout * time)

    points = [cut for cut in (4.0, 11.0) if cut < months] or None
    expected, _ = quad(density, 0.0, months, points=points, epsabs=1e-12)
    found = event_probability(np.array([months]), hazard, dropout_per_month=dropout)
    assert found[0] == pytest.approx(expected, abs=1e-9)


def test_events_are_the_probabilities_summed_over_entries() -> None:
    hazard = PiecewiseExponential((0.2, 0.05, 0.1), (4.0, 11.0))
    accrual = AccrualPeriods((5.0, 12.0), (3.0, 8.0))
    for month in (4.0, 10.0, 30.0):

        def part(entry: float, month: float = month) -> float:
            since = np.array([max(month - entry, 0.0)])
            rate = 3.0 if entry < 5.0 else 8.0
            return rate * event_probability(since, hazard, dropout_per_month=0.02)[0]

        points = [p for p in (5.0, month - 4.0, month - 11.0, month) if 0 < p < 12]
        expected, _ = quad(part, 0.0, 12.0, points=points, epsabs=1e-11)
        found = events_by(
            np.array([month]), (hazard, hazard), accrual=accrual, dropout_per_month=0.02
        )
        assert found.sum() == pytest.approx(expected, abs=1e-8)
        assert found[0, 0] == found[0, 1]


def test_month_of_events_inverts_events_by() -> None:
    both = arms([0.1, 0.03], [8.0], 0.7)
    accrual = AccrualPeriods((20.0,), (6.0,))
    for events in (1.0, 40.0, 110.0):
        month = month_of_events(events, both, accrual=accrual)
        assert events_by(np.array([month]), both, accrual=accrual).sum() == pytest.approx(events)


@pytest.mark.parametrize("share", [0.5, 2 / 3, 0.25])
def test_lachin_foulkes_tends_to_schoenfeld(share: float) -> None:
    """Near a hazard ratio of 1, where all formulas are one."""
    near = ExponentialTrial(0.08, 0.999, 24.0, 12.0, 0.01, share)
    setting = {"alpha": 0.1, "experimental_share": share}
    expected = schoenfeld_events(0.8, 0.999, **setting)
    for size in (lachin_foulkes_patients, lachin_foulkes_log_patients):
        patients = size(near, 0.8, alpha=0.1)
        assert near.events(patients) == pytest.approx(expected, rel=2e-3)
    for events in (freedman_events, hsieh_freedman_events):
        assert events(0.8, 0.999, **setting) == pytest.approx(expected, rel=1e-3)


def test_how_far_the_formulas_part() -> None:
    """At 2:1 and hazard ratio 0.65: Freedman 11% below Schoenfeld, Lachin-Foulkes 3%."""
    table = compare_formulas((0.5, 0.65, 0.8), power=0.8, alpha=0.1, experimental_share=2 / 3)
    assert (table["apart"].diff().dropna() < 0).all()
    row = table.set_index("hazard_ratio").loc[0.65]
    assert row["freedman"] / row["schoenfeld"] == pytest.approx(0.8904, abs=1e-4)
    assert row["hsieh_freedman"] / row["schoenfeld"] == pytest.approx(1.0311, abs=1e-4)
    even = compare_formulas((0.65,), power=0.8, alpha=0.1).iloc[0]
    assert even["freedman"] == pytest.approx(even["hsieh_freedman"])


def test_sizes_of_every_formula() -> None:
    """At hazard ratio 0.65, 2:1 for control: Lachin-Foulkes 8% above Schoenfeld; gsDesign's row."""
    at_2_to_1 = [
        ExponentialTrial(np.log(2) / 9, 0.65, 24.0, 12.0, experimental_share=share)
        for share in (1 / 3, 2 / 3)
    ]
    table = compare_sizes(at_2_to_1, power=0.8, alpha=0.1).set_index(["trial", "formula"])
    assert table.loc[(0, "lachin_foulkes"), "against_schoenfeld"] == pytest.approx(0.084, abs=5e-4)
    row = GSDESIGN["rows"][1]
    assert table.loc[(1, "lachin_foulkes"), "events"] == pytest.approx(row["events"])
    assert table.loc[(1, "lachin_foulkes"), "patients"] == pytest.approx(row["patients"])
    assert (table.xs("schoenfeld", level=1)["against_schoenfeld"] == 0).all()


@given(
    ratio=st.floats(0.2, 0.95),
    power=st.floats(0.3, 0.99),
    alpha=st.floats(0.005, 0.2),
    share=st.floats(0.2, 0.8),
)
def test_each_formula_inverts_itself(
    ratio: float, power: float, alpha: float, share: float
) -> None:
    for events, back in FORMULAS.values():
        needed = events(power, ratio, alpha=alpha, experimental_share=share)
        found = back(needed, ratio, alpha=alpha, experimental_share=share)
        assert found == pytest.approx(power, abs=1e-9)


ONE = PiecewiseExponential((0.1,), ())


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: AccrualPeriods((6.0, 6.0), (1.0, 2.0)), "ends_months: the periods end at months"),
        (lambda: AccrualPeriods((6.0,), (1.0, 2.0)), "2 rates for 1 periods"),
        (lambda: AccrualPeriods((), ()), "0 rates for 0 periods"),
        (lambda: AccrualPeriods((6.0,), (-1.0,)), "patients_per_month: -1.0 is negative"),
        (
            lambda: month_of_events(70, (ONE, ONE), accrual=AccrualPeriods((6.0,), (10.0,))),
            "70 events never come: 60 patients give 60.0",
        ),
        (
            lambda: month_of_events(0, (ONE, ONE), accrual=AccrualPeriods((6.0,), (10.0,))),
            "events: 0 is not",
        ),
        (lambda: event_probability(np.ones(1), ONE, dropout_per_month=-1.0), "dropout_per_month"),
        (lambda: ExponentialTrial(0.1, 1.0, 12, 12), "1.0 is not below 1: no trial shows"),
        (lambda: ExponentialTrial(0.0, 0.5, 12, 12), "control_hazard"),
        (lambda: ExponentialTrial(0.1, 0.5, 0, 12), "accrual_months"),
        (lambda: ExponentialTrial(0.1, 0.5, 12, -1), "follow_up_months"),
        (lambda: ExponentialTrial(0.1, 0.5, 12, 12, -1), "dropout_per_month"),
        (lambda: ExponentialTrial(0.1, 0.5, 12, 12, 0, 0), "experimental_share"),
        (
            lambda: lachin_foulkes_patients(ExponentialTrial(0.1, 0.5, 12, 12), 0.1, alpha=0.1),
            "power: 0.1 is not above alpha",
        ),
        (lambda: freedman_events(0.8, 1.2, alpha=0.1), "1.2 is not below 1"),
        (lambda: log_rank_information(0), "events"),
        (lambda: log_rank_information(10, 1.0), "experimental_share"),
    ],
)
def test_refused(call, words: str) -> None:
    with pytest.raises(InputError, match=words):
        call()
