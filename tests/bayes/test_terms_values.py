"""Evidence: definitions by hand; formulaic's design matrices; scipy's splines; limits."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from formulaic import model_matrix
from scipy import stats
from scipy.interpolate import CubicSpline

from oligotrial.bayes import Priors
from oligotrial.bayes.terms import Bed, Imputed, Linear, Monotone, Pooled, Spline, Threshold
from oligotrial.bayes.uncertain_bed import UncertainBed
from oligotrial.cohort import LEVELS
from oligotrial.radiobiology import (
    AlphaBeta,
    BedModel,
    IncompleteRepair,
    LinearQuadraticLinear,
    Repopulation,
    bed_column,
)

from .simulated import BED_GY
from .test_terms import FRAME, SIZE, UNCERTAIN, arrays, drawn, terms_of

CORRECTED = BedModel(LinearQuadraticLinear(8.0), repopulation=Repopulation(2.0, 0.5))
NO_EVENTS = np.array([])


def by_hand(term, values, **parameters):
    """Return a term's log ratios at a column's values."""
    rows = pd.DataFrame({term.column: values})
    return term.log_ratio(parameters, term.data(rows) | term.constants())


# Dose


def test_bed_is_the_linear_quadratic_models():
    schedules = list(BED_GY)
    term = Bed("schedule", alpha_beta=4.0)
    tens = term.log_ratio({"bed": 1.0}, term.data(pd.DataFrame({"schedule": schedules})))
    np.testing.assert_allclose(10 * tens + 75.0, list(BED_GY.values()), rtol=1e-12)


def test_of_a_boosted_course_the_level_that_counts_is_used():
    rows = pd.DataFrame({"schedule": ["50/30 Gy in 10 fr"] * 2, "dose_level": ["boost", "base"]})
    expected = [(50 * (1 + 5 / 4) - 75) / 10, (30 * (1 + 3 / 4) - 75) / 10]
    term = Bed("schedule")
    np.testing.assert_allclose(term.log_ratio({"bed": 1.0}, term.data(rows)), expected, rtol=1e-12)


def test_a_log_ratio_is_0_at_the_reference_dose():
    reference = 30 * (1 + 6 / 4)
    data = Bed("schedule", reference_gy=reference).data(
        pd.DataFrame({"schedule": ["30 Gy in 5 fr"]})
    )
    assert Bed("schedule").log_ratio({"bed": np.array([[0.7]])}, data) == 0.0


DELIVERED = pd.DataFrame(
    {
        "schedule": ["24 Gy in 2 fr over 2 days", "50/30 Gy in 10 fr over 11 days",
                     "8/1 over 0 days", "16 Gy in 14 fr BID over 8 days"],
        "dose_level": ["boost", "base", "boost", "boost"],
    }
)  # fmt: skip


@pytest.mark.parametrize(
    "model",
    [BedModel(), CORRECTED, BedModel(repair=IncompleteRepair(1.5))],
    ids=["plain", "corrected", "repair"],
)
def test_at_a_given_ratio_an_uncertain_bed_is_the_fixed_one(model):
    """BED is A + B / ratio: the two terms agree at every ratio, under every model of BED."""
    uncertain = UncertainBed("schedule", AlphaBeta(4.0, 0.4), model=model)
    data = uncertain.data(DELIVERED)
    for ratio in (1.5, 4.0, 10.0):
        fixed = Bed("schedule", ratio, model=model)
        expected = fixed.log_ratio({"bed": -0.3}, fixed.data(DELIVERED))
        found = uncertain.log_ratio({"bed": -0.3, "alpha_beta": ratio}, data)
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-13)
        bed_gy = bed_column(
            DELIVERED["schedule"], ratio, levels=DELIVERED["dose_level"], model=model
        )
        np.testing.assert_allclose(expected, -0.3 * (bed_gy - 75.0) / 10.0, rtol=1e-12)


@pytest.mark.parametrize("form", ["spline", "threshold", "monotone"])
def test_a_curve_over_an_uncertain_bed_is_that_over_the_fixed_one(form):
    """At the ratio of the prior's median, where the knots were put."""
    (uncertain,) = terms_of(f"{UNCERTAIN}, form='{form}')")
    (fixed,) = terms_of(f"bed(schedule, alpha_beta=4, form='{form}')")
    draws = drawn([uncertain]) | {"alpha_beta": np.full((5, 1), 4.0)}
    expected = fixed.log_ratio(draws, arrays([fixed]))
    assert np.ptp(expected, axis=1).min() > 0.0
    found = uncertain.log_ratio(draws, arrays([uncertain]))
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


# Factors and interactions


def test_a_monotone_effect_is_buerkner_and_charpentiers():
    """Equation 3 there: b times the sum of the first (level) shares; between 0 and b."""
    term = Monotone("line")
    levels = LEVELS["line"]
    parameters = drawn([term])
    effect = term.log_ratio(parameters, term.data(pd.DataFrame({"line": levels})))
    total = parameters["line_total"]
    shares = np.concatenate(parameters["line_steps"], axis=1)
    expected = total * np.cumsum(np.insert(shares, 0, 0.0, axis=1), axis=1)
    np.testing.assert_allclose(effect, expected, rtol=1e-12)
    np.testing.assert_allclose(effect[:, [-1]], total, rtol=1e-12)
    assert np.all(np.diff(effect / total, axis=1) >= 0.0)


def test_pooled_effects_are_a_standard_deviation_times_standard_normals():
    term = Pooled("subtype")
    parameters = drawn([term])
    effect = term.log_ratio(parameters, term.data(pd.DataFrame({"subtype": LEVELS["subtype"]})))
    expected = parameters["subtype_sd"] * np.concatenate(parameters["subtype_z"], axis=1)
    np.testing.assert_allclose(effect, expected, rtol=1e-12)


@pytest.mark.parametrize("text", ["frailty(centre)", "pooled(centre, new_level=True)"])
def test_a_new_group_is_one_more_draw_of_the_population(text):
    """Its effect is that of no patient: the data of the fit don't have it."""
    (term,) = terms_of(text)
    parameters = drawn([term])
    new = term.log_ratio(parameters, term.data(pd.DataFrame({"centre": ["new"]})))
    np.testing.assert_array_equal(new, parameters["centre_sd"] * parameters["centre_z"][-1])
    assert not np.any(term.data(FRAME)["centre_is"][-1])
    names = {each.name: each.prior for each in term.parameters(Priors())}
    assert names["centre_z"].words == "normal(mean 0, sd 1)"


FORMULAIC = {
    "factor(line, reference='second')": "C(line, contr.treatment(base='second'))",
    "age + arm + age:arm": "age * arm",
    "age * factor(line, reference='third')": "age * C(line, contr.treatment(base='third'))",
    "factor(sex) * factor(line, reference='first')": "sex * C(line, contr.treatment(base='first'))",
    "arm * age * factor(sex)": "arm * age * sex",
    "arm + arm:factor(centre)": "arm + arm:C(centre)",
}


@pytest.mark.parametrize(("ours", "theirs"), FORMULAIC.items())
def test_columns_span_what_formulaic_s_design_matrix_spans(ours, theirs):
    """The same columns, perhaps in another order; theirs has an intercept, ours a baseline."""
    terms = terms_of(ours)
    columns = []
    for term in terms:
        size = sum(max(each.size, 1) for each in term.parameters(Priors()))
        name = term.parameters(Priors())[0].name
        for k in range(size):
            unit = [float(k == j) for j in range(size)]
            several = term.parameters(Priors())[0].size > 0
            columns.append(term.log_ratio({name: unit if several else 1.0}, arrays(terms)))
    matrix = model_matrix(theirs, FRAME).drop(columns="Intercept").to_numpy(dtype=float)
    found, expected = np.array(columns), matrix.T
    assert found.shape == expected.shape
    np.testing.assert_array_equal(found[np.lexsort(found.T)], expected[np.lexsort(expected.T)])


def test_an_exchangeable_interaction_is_one_standard_deviation_times_each_level_s_number():
    terms = terms_of("arm * pooled(subtype)")
    crossed = terms[-1]
    draws = drawn(terms)
    number = dict(zip(LEVELS["subtype"], draws["arm:subtype_z"], strict=True))
    expected = np.concatenate([number[each] for each in FRAME["subtype"]], axis=1)
    expected = draws["arm:subtype_sd"] * expected * FRAME["arm"].to_numpy()
    np.testing.assert_allclose(
        crossed.log_ratio(draws, crossed.data(FRAME)), expected, rtol=1e-12, atol=1e-15
    )


def test_an_interaction_with_an_uncertain_dose_moves_with_the_ratio():
    terms = terms_of(f"{UNCERTAIN}) * factor(line)")
    draws = {"alpha_beta": np.array([[2.0], [10.0]]), "bed:line_effects": [0.0, 0.3, 0.0]}
    found = terms[-1].log_ratio(draws, arrays(terms))
    for row, ratio in enumerate((2.0, 10.0)):
        tens = (bed_column(FRAME["schedule"], ratio) - 75.0) / 10.0
        expected = 0.3 * tens * (FRAME["line"] == "third")
        np.testing.assert_allclose(found[row], expected, rtol=1e-9, atol=1e-12)


# Contrasts

PAIRS = {
    "age": [({"age": 41.0}, {"age": 40.0})],
    "linear(age, centre=60, per=10)": [({"age": 51.0}, {"age": 41.0})],
    "linear(marker, missing='normal')": [({"marker": 0.5}, {"marker": -0.5})],
    "factor(line, reference='second')": [
        ({"line": each}, {"line": "second"}) for each in ("first", "third", "fourth+")
    ],
    "monotone(line)": [({"line": each}, {"line": "first"}) for each in LEVELS["line"][1:]],
    "pooled(subtype)": [({"subtype": each}, None) for each in LEVELS["subtype"]],
}


@pytest.mark.parametrize("text", PAIRS)
def test_contrasts_are_differences_of_predictions(text):
    """Rows that differ in the contrast alone differ by it in their log hazard ratios."""
    (term,) = terms_of(text)
    parameters = drawn([term])
    contrasts = list(term.contrasts(parameters).values())
    assert len(contrasts) == len(PAIRS[text])

    def at(row):
        return term.log_ratio(parameters, arrays([term], pd.DataFrame([row])))

    for contrast, (row, other) in zip(contrasts, PAIRS[text], strict=True):
        difference = at(row) - (at(other) if other else 0.0)
        np.testing.assert_allclose(contrast, difference, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    "term", [Bed("schedule"), UncertainBed("schedule", AlphaBeta(4.0, 0.4))], ids=["known", "not"]
)
def test_the_contrast_of_a_dose_is_that_of_10_gy(term):
    """The same course, when its reference is 10 Gy lower."""
    parameters, row = drawn([term]), pd.DataFrame({"schedule": ["24 Gy in 2 fr"]})
    lower = replace(term, reference_gy=term.reference_gy - 10.0)
    there = lower.log_ratio(parameters, lower.data(row))
    here = term.log_ratio(parameters, term.data(row))
    (contrast,) = term.contrasts(parameters).values()
    np.testing.assert_allclose(contrast, there - here, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("text", ["spline(age)", "monotone(linear(age))"])
def test_the_contrasts_of_a_curve_are_its_values_at_the_knots(text):
    (term,) = terms_of(text)
    parameters = drawn([term])
    contrasts = term.contrasts(parameters)
    for knot, (label, found) in zip(
        [knot for knot in term.knots if label_of(term, knot) in contrasts],
        contrasts.items(),
        strict=True,
    ):
        assert label == label_of(term, knot)
        expected = by_hand(term, [knot], **parameters)
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)
    assert len(contrasts) == 4


def label_of(term, knot):
    first = term.at if isinstance(term, Spline) else term.knots[0]
    return f"{knot:.4g} against {first:.4g}"


# Splines

AGES = np.linspace(0.0, 120.0, 481)


@pytest.mark.parametrize("knots", [1, 3, 6])
def test_a_spline_is_the_natural_cubic_through_its_own_values_at_the_knots(knots):
    """scipy's natural cubic interpolation is the only such function: another's formula for ours."""
    (term,) = terms_of(f"spline(age, knots={knots})")
    parameters = drawn([term])
    found = by_hand(term, AGES, **parameters)
    at_knots = by_hand(term, term.knots, **parameters)
    interpolated = CubicSpline(term.knots, at_knots, axis=1, bc_type="natural")
    inside = (term.knots[0] <= AGES) & (term.knots[-1] >= AGES)
    np.testing.assert_allclose(found[:, inside], interpolated(AGES[inside]), rtol=1e-8, atol=1e-9)


def test_beyond_the_outer_knots_a_spline_is_straight():
    (term,) = terms_of("spline(age)")
    parameters = drawn([term])
    for side in (term.knots[0] > AGES, term.knots[-1] < AGES):
        values = by_hand(term, AGES[side], **parameters)
        assert side.sum() > 20
        np.testing.assert_allclose(np.diff(values, 2, axis=1), 0.0, atol=1e-12)


def test_a_spline_is_0_at_its_reference_and_a_line_without_departure():
    (term,) = terms_of("spline(age)")
    assert term.at == np.median(FRAME["age"])
    parameters = drawn([term])
    np.testing.assert_allclose(by_hand(term, [term.at], **parameters), 0.0, atol=1e-14)
    flat = parameters | {"age_sd": 0.0}
    expected = parameters["age_slope"] * (AGES - term.at) / np.std(FRAME["age"])
    np.testing.assert_allclose(by_hand(term, AGES, **flat), expected, rtol=1e-12, atol=1e-12)


def test_the_prior_of_the_departure_is_the_integral_of_its_squared_second_derivative():
    """It is proportional to the sum of the squared numbers, whatever these are (Wahba 1978)."""
    (term,) = terms_of("spline(age)")
    grid = np.linspace(term.knots[0], term.knots[-1], 20_001)
    ratios = []
    for numbers in np.random.default_rng(2).normal(size=(6, 3)):
        values = by_hand(term, grid, age_slope=0.7, age_sd=1.0, age_z=list(numbers))
        second = np.gradient(np.gradient(values, grid), grid)[2:-2]
        ratios.append(np.trapezoid(second**2, grid[2:-2]) / np.sum(numbers**2))
    np.testing.assert_allclose(ratios, ratios[0], rtol=1e-3)


def test_the_departure_s_standard_deviation_is_over_the_patients_and_free_of_the_line():
    (term,) = terms_of("spline(age)")
    bends = term.data(FRAME)["age_basis"][1:]
    assert np.sum(np.var(bends, axis=1)) == pytest.approx(1.0, rel=1e-9)
    centred = FRAME["age"] - FRAME["age"].mean()
    np.testing.assert_allclose(bends @ centred / SIZE, 0.0, atol=1e-10)


@pytest.mark.parametrize("scale", [1e-6, 365.25, 1e9])
def test_a_spline_does_not_depend_on_the_unit_of_its_column(scale):
    rows = FRAME.assign(age=FRAME["age"] * scale)
    (one,) = terms_of("spline(age)")
    other = Spline(Linear("age")).suited(rows, NO_EVENTS)
    found = np.abs(other.data(rows)["age_basis"])  # of a bend and its negative, either will do
    np.testing.assert_allclose(found, np.abs(one.data(FRAME)["age_basis"]), rtol=1e-6, atol=1e-9)


# Cut-points and monotone curves


def test_a_threshold_rises_from_5_to_95_percent_over_its_width():
    (term,) = terms_of("threshold(age, width=4)")
    cut = term.low + 0.25 * (term.high - term.low)
    values = by_hand(term, [cut - 2.0, cut, cut + 2.0], age_step=2.0, age_cut=0.25)
    np.testing.assert_allclose(values, [0.1, 1.0, 1.9], rtol=1e-9)


def test_the_width_of_a_dose_s_threshold_is_in_gy():
    (term,) = terms_of("threshold(bed(schedule), width=5)")
    assert 10.0 * term.step_width == 5.0
    (plain,) = terms_of("threshold(bed(schedule))")
    assert plain.step_width == pytest.approx(0.1 * (plain.high - plain.low))


def test_a_narrow_threshold_is_a_step():
    (term,) = terms_of("threshold(age, width=0.000001)")
    cut = term.low + 0.5 * (term.high - term.low)
    found = by_hand(term, FRAME["age"], age_step=0.7, age_cut=0.5)
    np.testing.assert_allclose(found, 0.7 * (FRAME["age"] > cut), atol=1e-12)
    assert 0 < (FRAME["age"] > cut).sum() < SIZE


def test_a_cut_point_lies_between_the_first_and_the_last_tenth_of_patients():
    term = Threshold(Linear("age")).suited(pd.DataFrame({"age": np.arange(101.0)}), NO_EVENTS)
    assert (term.low, term.high) == (10.0, 90.0)
    few = pd.DataFrame({"age": [0.0] * 30 + [1.0]})
    assert Threshold(Linear("age")).suited(few, NO_EVENTS).high == 1.0


def test_a_monotone_curve_is_straight_between_knots_and_flat_beyond():
    (term,) = terms_of("monotone(linear(age), pieces=2)")
    low, middle, high = term.knots
    at = [low - 9.0, low, (low + middle) / 2, middle, (middle + high) / 2, high, high + 9.0]
    found = by_hand(term, at, age_total=2.0, age_steps=[0.3, 0.7])
    np.testing.assert_allclose(found, [0.0, 0.0, 0.3, 0.6, 1.3, 2.0, 2.0], rtol=1e-12)


# Horseshoe


def test_the_horseshoe_is_piironen_and_vehtari_s():
    """Equations 2.8 and 3.12 there, with 1 / sqrt(events) for sigma / sqrt(n)."""
    (term,) = terms_of("horseshoe(age, weight_kg, arm, relevant=1)")
    events = int(FRAME["event"].sum())
    unit = 1.0 / (3.0 - 1.0) / np.sqrt(events)
    assert term.constants()["horseshoe_unit"] == pytest.approx(unit, rel=1e-12)
    draws = {
        "horseshoe_global": 0.8,
        "horseshoe_slab": 0.49,
        "horseshoe_local": [0.5, 2.0, 30.0],
        "horseshoe_z": [1.0, -0.3, 0.9],
    }
    columns = FRAME[["age", "weight_kg", "arm"]]
    standardised = ((columns - columns.mean()) / columns.std(ddof=0)).to_numpy()
    tau, local = 0.8 * unit, np.array(draws["horseshoe_local"])
    regular = np.sqrt(0.49 * local**2 / (0.49 + tau**2 * local**2))
    expected = standardised @ (np.array(draws["horseshoe_z"]) * tau * regular)
    np.testing.assert_allclose(term.log_ratio(draws, arrays([term])), expected, rtol=1e-9)
    wide = draws | {"horseshoe_local": [1e9] * 3}
    slab = standardised @ (np.array(draws["horseshoe_z"]) * 0.7)
    np.testing.assert_allclose(term.log_ratio(wide, arrays([term])), slab, rtol=1e-6)


# Missing values


def test_known_values_stay_and_missing_ones_are_the_parameters():
    (term,) = terms_of("linear(marker, missing='normal')")
    complete = FRAME["marker"].notna().to_numpy()
    draws = {
        "marker": 2.0,
        "marker_location": 0.0,
        "marker_precision": 1.0,
        "marker_imputed": [0.0, 1.0, -1.0],
    }
    found = term.log_ratio(draws, arrays([term])) / 2.0
    np.testing.assert_array_equal(found[complete], FRAME.loc[complete, "marker"])
    mean, sd = FRAME["marker"].mean(), FRAME["marker"].std()
    np.testing.assert_allclose(found[~complete], [mean, mean + sd, mean - sd], rtol=1e-12)


def test_before_survival_is_seen_a_missing_value_has_the_predictive_t_distribution():
    """Gelman et al. 2013, section 3.2: t with n - 1 degrees of freedom, scale s sqrt(1 + 1/n).

    20,000 draws from the priors; a Kolmogorov-Smirnov distance above 1.63 / sqrt(20,000) has a
    probability below 1%, and the seed is fixed.
    """
    rows = pd.DataFrame({"x": [1.0, 2.0, 4.0, 4.5, 7.0, None]})
    term = Imputed(Linear("x")).suited(rows, NO_EVENTS)
    rng = np.random.default_rng(3)
    size = (20_000, 1)
    half = (term.known - 1) / 2
    precision = {each.name: each.prior for each in term.parameters(Priors())}["x_precision"]
    assert precision.numbers == {"alpha": half, "beta": half}
    draws = {
        "x": 1.0,
        "x_location": rng.normal(size=size),
        "x_precision": rng.gamma(half, 1 / half, size),
        "x_imputed": [rng.normal(size=size)],
    }
    found = term.log_ratio(draws, arrays([term], rows))[:, 5]
    known = rows["x"].dropna()
    expected = stats.t(4, known.mean(), known.std() * np.sqrt(1 + 1 / 5))
    assert stats.kstest(found, expected.cdf).statistic < 1.63 / np.sqrt(size[0])


def test_each_draw_of_a_cohort_has_its_own_gaps():
    rows = pd.DataFrame(
        {"x": [1.0, None, 3.0, 4.0, None, None, 6.0, 8.0], "draw": [0, 0, 0, 0, 1, 1, 1, 1]}
    )
    suited = Imputed(Linear("x")).suited(rows, NO_EVENTS)
    assert suited.slots == 2
    for draw, expected in ((0, [[0, 1, 0, 0], [0, 0, 0, 0]]), (1, [[1, 0, 0, 0], [0, 1, 0, 0]])):
        one = rows[rows["draw"] == draw].reset_index(drop=True)
        np.testing.assert_array_equal(suited.data(one)["x_slots"], expected)
    together = suited.data(rows)["x_slots"]
    np.testing.assert_array_equal(together, [[0, 1, 0, 0, 1, 0, 0, 0], [0, 0, 0, 0, 0, 1, 0, 0]])


def test_a_complete_column_has_nothing_to_impute():
    suited = Imputed(Linear("age", 60.0, 10.0)).suited(FRAME, NO_EVENTS)
    assert [each.name for each in suited.parameters(Priors())] == ["age"]
    expected = Linear("age", 60.0, 10.0).data(FRAME)["age_value"]
    np.testing.assert_array_equal(suited.log_ratio({"age": 1.0}, arrays([suited])), expected)


# Effects that vary over time


def test_in_the_first_interval_an_effect_is_the_constant_one_and_then_walks():
    (term,) = terms_of("tv(factor(line), cuts=(3, 6))")
    assert term.cuts_months == (3.0, 6.0)
    moves = [0.1, 0.2, -0.3, 0.5, 0.0, 1.0]  # two for each of three levels
    draws = {"line_effects": [1.0, 2.0, 3.0], "line_drift": 0.5, "line_moves": moves}
    rows = pd.DataFrame({"line": LEVELS["line"]})
    data = arrays([term], rows)
    expected = [
        [0.0, 1.0, 2.0, 3.0],
        [0.0, 1.05, 1.85, 3.0],
        [0.0, 1.15, 2.1, 3.5],
    ]
    found = [term.log_ratio_in(k, draws, data) for k in range(3)]
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    contrasts = np.reshape(list(term.contrasts(draws).values()), (3, 3))
    np.testing.assert_allclose(contrasts, np.array(expected)[:, 1:], rtol=1e-12)


def test_strata_are_numbered_as_their_levels():
    (term,) = terms_of("strata(centre)")
    np.testing.assert_array_equal(term.codes(FRAME), FRAME["centre"] - 1)
    assert term.contrasts({}) == {}
    assert term.parameters(Priors()) == ()
