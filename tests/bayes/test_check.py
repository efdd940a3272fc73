"""Developer checks: each diagnostic fails on draws that have its defect, and says what to try."""

from dataclasses import replace

import numpy as np

from oligotrial.bayes import diagnose


def tampered(fit, **changes):
    return replace(fit, posterior=fit.posterior.assign(changes))


def failed(fit) -> str:
    return " ".join(fit.check().failures)


def test_independent_draws_pass_every_check(fit, rng):
    ideal = fit.posterior.map(lambda values: values * 0.0 + rng.normal(size=values.shape))
    energy = fit.statistics["energy"] * 0.0 + rng.normal(size=fit.statistics["energy"].shape)
    calm = fit.statistics.assign(diverging=fit.statistics["diverging"] & False, energy=energy)
    check = replace(fit, posterior=ideal, statistics=calm).check()
    assert check.failures == ()
    assert check.table["passed"].all()
    assert list(check.table.columns) == ["quantity", "value", "limit", "passed"]


def test_draws_of_a_cohort_that_differ_are_no_failure(fit):
    """Each cohort draw has its own posterior: chains are compared within a draw only."""
    apart = fit.posterior["bed"] + 10.0 * fit.posterior["cohort_draw"]
    moved = tampered(fit, bed=apart)
    found, expected = (each.check().table["value"].to_numpy() for each in (moved, fit))
    np.testing.assert_allclose(found, expected, rtol=1e-4)


def test_chains_that_disagree_within_a_draw_are_told(fit, rng):
    noise = 3.0 * rng.normal(size=fit.posterior.sizes["chain"])
    apart = fit.posterior["bed"] + noise[:, None]
    assert "R-hat" in failed(tampered(fit, bed=apart))


def test_one_chain_of_one_draw_that_disagrees_is_told(fit):
    away = fit.posterior["bed"].copy()
    away[1] += 5.0 * float(away.std())
    assert "R-hat, worst single fit" in failed(tampered(fit, bed=away))


def test_draws_that_hardly_move_are_told(fit, rng):
    sizes = fit.posterior.sizes
    shape = (sizes["chain"], sizes["draw"])
    slow = np.linspace(0.0, 1.0, sizes["draw"]) + 0.001 * rng.normal(size=shape)
    crawling = fit.posterior["bed"] * 0.0 + slow
    told = failed(tampered(fit, bed=crawling))
    assert "Bulk ESS" in told
    assert "raise sampler.draws" in told


def test_divergences_are_counted_and_told(fit):
    statistics = fit.statistics.copy(deep=True)
    statistics["diverging"][:, ::50] = True
    check = replace(fit, statistics=statistics).check()
    shown = check.table.set_index("quantity").loc["Divergences", "value"]
    assert shown == statistics["diverging"].sum()
    assert "sampler.target_accept" in " ".join(check.failures)


def test_an_energy_that_wanders_is_told(fit, rng):
    statistics = fit.statistics.copy(deep=True)
    statistics["energy"] = statistics["energy"] * 0.0 + rng.normal(
        size=statistics["energy"].shape
    ).cumsum(axis=1)
    assert "E-BFMI" in failed(replace(fit, statistics=statistics))


def test_a_parameter_that_never_moves_is_told(fit):
    """Its R-hat is no number, which must not pass for one below a limit."""
    assert "R-hat" in failed(tampered(fit, bed=fit.posterior["bed"] * 0.0))


def test_diagnostics_of_independent_draws_are_what_they_have_to_be(rng):
    draws = rng.normal(size=(6, 4, 1000))
    assert np.all(np.abs(diagnose.rhat(draws) - 1.0) < 0.01)
    np.testing.assert_allclose(diagnose.ess_bulk(draws), 4000.0, rtol=0.2)
    np.testing.assert_allclose(
        diagnose.mcse(draws), draws.std(axis=(1, 2)) / np.sqrt(4000), rtol=0.1
    )
    np.testing.assert_allclose(diagnose.bfmi(draws[0]), 2.0, rtol=0.1)


def test_with_its_cohort_the_model_is_checked_too(weibull_fit, reconstructed):
    check = weibull_fit.check(reconstructed, by="line")
    shown = check.table.set_index("quantity")
    assert 0.0 <= shown.loc["Predictive p-value, smallest", "value"] <= 1.0
    assert "isn't a new patient" in check.notes[0]
    assert check.loo is not None
    assert check.predictive is not None
    assert set(check.predictive.curves["group"]) > {"", "first", "second"}
    assert check.sensitivity is not None
    assert "line: third against first" in set(check.sensitivity.table["quantity"])
    sampler = weibull_fit.check()
    assert sampler.loo is None
    assert set(sampler.table["quantity"]) < set(check.table["quantity"])


def test_a_fit_that_foretells_other_times_is_told(weibull_fit, reconstructed):
    """A median that is a thousand times too long makes every event unforeseen."""
    check = tampered(weibull_fit, median=1e3 * weibull_fit.posterior["median"]).check(reconstructed)
    assert check.failures
    assert "below what the model replicates" in " ".join(check.failures)
