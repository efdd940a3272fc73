"""What follows from a trial.toml: the worked example's numbers, from the printed ones."""

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm

from oligotrial import evidence
from oligotrial.checks import InputError
from oligotrial.spec import Study, read_study, statistic
from oligotrial.trial import OffProtocol

WORKED = Path(__file__).parents[1] / "simulations" / "oligoprogression_phase2"


@pytest.fixture(scope="module")
def worked() -> Study:
    return read_study(WORKED)


def changed(folder: Path, old: str, new: str) -> Path:
    """Write the worked trial with a change, and a model beside it, and return its path."""
    text = (WORKED / "trial.toml").read_text(encoding="utf-8")
    assert text.count(old) == 1
    (folder / "model.toml").touch()
    text = text.replace(old, new).replace('"../../models/pfs_ar"', '"model.toml"')
    (folder / "trial.toml").write_text(text, encoding="utf-8")
    return folder


def test_folder_and_file_are_the_same(worked: Study) -> None:
    assert read_study(WORKED / "trial.toml").spec == worked.spec
    assert worked.name == "oligoprogression_phase2"
    assert worked.model_path.is_file()
    assert ".." not in worked.model_path.parts


def test_control_shift_has_the_stated_central_interval(worked: Study) -> None:
    """From 1 to the ratio of the printed medians, cohort over control arm, at the level."""
    cohort = evidence.load("marazzi2024")["pfs_ar.median"].value
    control = evidence.load("tsai2024")["pfs.median[arm=control]"].value
    assert cohort is not None
    assert control is not None
    mean, sd = worked.control_shift
    tail = (1 - worked.spec.control.level) / 2
    lower, upper = norm.ppf([tail, 1 - tail], mean, sd)
    assert lower == pytest.approx(0.0, abs=1e-12)
    assert np.exp(upper) == pytest.approx(cohort / control, rel=1e-12)
    assert upper > 0  # a shorter median is a larger hazard


def test_effect_prior_has_the_printed_intervals(worked: Study) -> None:
    printed = evidence.load("tsai2024")["pfs.hazard_ratio"]
    prior = worked.effect_prior
    assert prior.weights.sum() == pytest.approx(1.0)
    assert prior.weights.tolist() == pytest.approx([0.5, 0.25, 0.25])
    assert np.exp(prior.means[0]) == pytest.approx(printed.value)
    # The printed interval, rounded to two decimals, is symmetric on the log scale up to that.
    lower, upper = np.exp(norm.ppf([0.025, 0.975], prior.means[0], prior.sds[0]))
    assert printed.lower is not None
    assert printed.upper is not None
    assert upper / lower == pytest.approx(printed.upper / printed.lower)
    assert (lower, upper) == (
        pytest.approx(printed.lower, abs=0.01),
        pytest.approx(printed.upper, abs=0.01),
    )


def test_reasons_of_the_effect_prior_hold(worked: Study) -> None:
    """The two written components claim 2.5% beyond the planning ratio, and beyond 1."""
    planned = worked.spec.effect.planning_hazard_ratio
    prior = worked.effect_prior
    assert prior.only(1).probability_below(planned) == pytest.approx(0.025, abs=2e-4)
    assert 1 - prior.only(2).probability_below(1.0) == pytest.approx(0.025, abs=2e-4)


def test_a_centre_accrues_the_eligible_share_of_the_printed_rate(worked: Study) -> None:
    source = evidence.load("marazzi2024")
    lines = source.count("line")
    patients, months = source["accrual.patients"].value, source["accrual.months"].value
    assert patients is not None
    assert months is not None
    expected = patients / months * (lines["first"] + lines["second"]) / sum(lines.values())
    assert worked.centre_rate == pytest.approx(expected)
    assert worked.accrual(3).rate_per_month == pytest.approx(3 * expected)


def test_designs_follow_the_sizes(worked: Study) -> None:
    design = worked.spec.design
    assert [each.patients for each in worked.designs] == list(design.patients)
    for each in worked.designs:
        assert each.analysis.events == round(design.events_per_patient * each.patients)
        lost = 1 - np.exp(-12 * each.dropout_per_month)
        assert lost == pytest.approx(worked.spec.dropout.per_year)


def test_sources_are_all_that_the_trial_refers_to(worked: Study) -> None:
    assert worked.sources == {"david2023", "marazzi2024", "tsai2024"}


def test_quick_has_fewer_sizes_and_trials(worked: Study) -> None:
    quick, spec = worked.quick(), worked.spec
    assert quick.spec.simulation.replicates == spec.simulation.replicates // 10
    assert set(quick.spec.design.patients) < set(spec.design.patients)
    assert max(quick.spec.design.patients) == max(spec.design.patients)
    assert worked.spec is spec


def test_accrual_that_cannot_enrol_is_told_before_any_fit(tmp_path: Path, worked: Study) -> None:
    """The bound is sharp: as many patients as events are needed have to be enrolled."""
    rate = worked.accrual(1).rate_per_month
    most = max(design.analysis.events for design in worked.designs)
    enough = np.ceil(most / rate)
    for months, told in ((enough - 1, True), (enough + 1, False)):
        folder = changed(tmp_path, "centres = 12", "centres = 1")
        file = folder / "trial.toml"
        text = file.read_text(encoding="utf-8")
        file.write_text(
            text.replace("longest_months = 120", f"longest_months = {months:.0f}"), encoding="utf-8"
        )
        if told:
            with pytest.raises(InputError, match=r"accrual\.centres: 1 centre enrol"):
                read_study(folder)
        else:
            assert read_study(folder).designs


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("pfs_ar.median", "not of the form evidence:key"),
        ("marazi2024:pfs_ar.median", "did you mean 'marazzi2024'"),
        ("marazzi2024:pfs_ar.medain", "did you mean 'pfs_ar.median'"),
    ],
)
def test_references(reference: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as told:
        statistic(reference, "trial.toml, key control.cohort_median")
    assert str(told.value).startswith("trial.toml, key control.cohort_median")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('lines = ["first", "second"]', 'lines = ["first", "first"]', "lines: 'first' is there tw"),
        ("centres = [6, 9, 12, 18, 24]", "centres = [6, 6]", "centres: 6 is there twice"),
        ('name = "sceptical"', 'name = "mixture"', "prior: 'mixture' is there twice"),
        ("allocation = [1, 1]", "allocation = [2, 1]", "block_size: 4 is not a multiple of 3"),
    ],
)
def test_refused(tmp_path: Path, old: str, new: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read_study(changed(tmp_path, old, new))


def test_controls_off_protocol_enter_every_design(tmp_path: Path) -> None:
    said = '[off_protocol]\nshare = 0.3\nwithin_months = 6\nreason = "as in an earlier trial"\n\n'
    study = read_study(changed(tmp_path, "[target]", said + "[target]"))
    rules = {design.off_protocol for design in study.designs}
    assert rules == {OffProtocol(0.3, within_months=6.0)}


@pytest.mark.parametrize("share", ["0", "1.2"])
def test_an_impossible_share_off_protocol_is_told(tmp_path: Path, share: str) -> None:
    said = f'[off_protocol]\nshare = {share}\nreason = "none"\n\n[target]'
    with pytest.raises(InputError, match=r"trial\.toml, key off_protocol\.share"):
        read_study(changed(tmp_path, "[target]", said))
