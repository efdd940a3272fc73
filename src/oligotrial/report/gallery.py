"""Which figures a report has, what is said about each, and when it may not be relied on."""

from collections.abc import Iterator
from functools import partial

from oligotrial.report.contents import MEASURES, Contents
from oligotrial.report.figures.posterior import draw_predictive_curves
from oligotrial.report.figures.rule import draw_rule
from oligotrial.report.figures.survival import (
    draw_control_check,
    draw_effects,
    draw_survival,
)
from oligotrial.report.figures.trial import (
    draw_duration,
    draw_effect_prior,
    draw_operating,
    draw_sensitivity,
)
from oligotrial.report.gallery_cohort import agreement_plates, cohort_plates, distance_plates
from oligotrial.report.numbers import number, slug
from oligotrial.report.parts import ModelPart
from oligotrial.report.plate import Plate
from oligotrial.report.tables import sensitivity_names
from oligotrial.report.words import ends, estimates, tipping

__all__ = ["plates"]


def plates(contents: Contents) -> dict[str, Plate]:
    """Return the figures that a report's contents can fill, by name.

    Parameters
    ----------
    contents : Contents
        What the report shows.

    Returns
    -------
    dict of str to Plate
        In the order in which they are shown.
    """
    found: list[Plate] = []
    for make in (_rule, _operating, _duration, _effect_prior, _sensitivity, _control_check):
        found.extend(make(contents))
    for model in contents.models:
        found.extend([*_survival(contents, model), *_effects(contents, model)])
        found.extend(_predictive(contents, model))
    for show in (cohort_plates, agreement_plates, distance_plates):
        found.extend(show(contents))
    return {plate.name: plate for plate in found}


def _rests(contents: Contents) -> str:
    if not contents.models:
        return ""
    return f"Control arm from a model fitted to: {contents.cohort_label}."


def _rule(contents: Contents) -> Iterator[Plate]:
    if contents.rule is None:
        return
    part = contents.rule
    if part.table[["efficacy", "futility"]].isna().all(axis=None):
        return  # a rule on other numbers than the statistic: words tell it
    last = part.table.iloc[-1]
    left = last["efficacy"] - last["futility"] > 1e-9
    considered = ", and at the last look it is left to be considered" if left else ""
    caption = (
        f"{part.words} What simulated trials obey is drawn, for {part.design.patients} patients; "
        f"between the thresholds they go on{considered}."
    )
    alt = " ".join(
        f"Look {look} at {when}: benefit from {number(upper)}, futility to {number(lower)}."
        for look, when, upper, lower in zip(
            *(part.table[name] for name in ("look", "when", "efficacy", "futility")), strict=True
        )
    )
    draw = partial(draw_rule, part.design)
    yield Plate("rule", "Thresholds, look by look", caption, alt, draw)


def _operating(contents: Contents) -> Iterator[Plate]:
    if contents.operating.empty:
        return
    closed = "Dotted: Schoenfeld's closed form. " if len(contents.schoenfeld) else ""
    caption = (
        "Proportion of simulated trials that declare a benefit. Power holds the hazard ratio at "
        "its design value; assurance averages over its prior. Bars and bands: 95% Monte Carlo "
        f"intervals, which are noise of the simulation alone. {closed}It does not say whether the "
        "prior of the effect or the control arm is right: see the sensitivity analyses."
    )
    texts = [
        ends(rows, "estimate", MEASURES.get(str(name), str(name)))
        for name, rows in contents.operating.groupby("scenario", sort=False)
    ]
    best = contents.recommended
    chosen = f"Recommended: {best.patients} patients." if best else "No size is recommended."
    alt = " ".join((*texts, f"Target {contents.target:g}.", chosen))
    title, draw = "Power and assurance by size", partial(draw_operating, contents)
    rests, alarms = _rests(contents), contents.main_alarms
    yield Plate("operating", title, caption, alt, draw, rests, alarms)


def _duration(contents: Contents) -> Iterator[Plate]:
    if "duration_months" not in contents.operating:
        return
    caption = (
        "Months from the first patient randomised to the analysis. Marks: mean of the simulated "
        "trials; lines: the middle 90% of trials. It holds if patients come at the assumed rate: "
        "doubt about that rate is not in the lines."
    )
    alt = ends(contents.operating, "duration_months", "Mean months to the analysis")
    title, draw = "Duration by size", partial(draw_duration, contents)
    rests, alarms = _rests(contents), contents.main_alarms
    yield Plate("duration", title, caption, alt, draw, rests, alarms)


def _effect_prior(contents: Contents) -> Iterator[Plate]:
    if contents.effect_prior.empty:
        return
    caption = (
        "What is believed about the treatment's hazard ratio before the trial, and the components "
        "it is mixed from. It is an assumption, sourced below: a single-arm cohort says nothing "
        "about the effect of the treatment."
    )
    names = ", ".join(map(str, contents.effect_prior["component"].unique()))
    alt = f"Prior density of the hazard ratio; components: {names}."
    title, draw = "Prior of the hazard ratio", partial(draw_effect_prior, contents)
    yield Plate("effect-prior", title, caption, alt, draw)


def _sensitivity(contents: Contents) -> Iterator[Plate]:
    rests, alarms = _rests(contents), contents.main_alarms
    for part, name in zip(contents.sensitivity, sensitivity_names(contents), strict=True):
        if part.kind == "curve" and len(part.table):
            points = tipping(part, contents.target)
            noise = "Bars and bands: 95% Monte Carlo intervals." if part.se else ""
            caption = " ".join(text for text in (part.note, points, noise) if text)
            draw = partial(draw_sensitivity, part, contents.target)
            yield Plate(name, part.title, caption, points or part.note, draw, rests, alarms)


def _control_check(contents: Contents) -> Iterator[Plate]:
    if contents.control_check.empty:
        return
    caption = (
        "Median times that the simulated arms imply, beside published ones. Lines: intervals as "
        "the source gives them. Published medians come from other patients: nearness is "
        "reassuring, not proof."
    )
    alt = estimates(contents.control_check, "what", "median", decimals=1)
    draw = partial(draw_control_check, contents.control_check)
    title, rests = "Implied and published medians, months", _rests(contents)
    yield Plate("control-check", title, caption, alt, draw, rests, contents.main_alarms)


def _survival(contents: Contents, model: ModelPart) -> Iterator[Plate]:
    if model.curves.empty:
        return
    curves = contents.cohort_curves
    whose = "the whole cohort's"
    if "panel" in curves:
        whose = "the level's own, or failing them the whole cohort's,"
    steps = f"Thin orange steps: {whose} Kaplan-Meier curves, one a draw. " if len(curves) else ""
    caption = (
        "Blue: posterior estimate with its credible interval; broken grey: the panel's other "
        f"levels. {steps}NR: not reached in the time modelled. A level with few patients borrows "
        "from the others, and differences between levels are associations, not effects of a "
        "treatment."
    )
    alt = f"Posterior survival by {', '.join(map(str, model.curves['panel'].unique()))}."
    if len(model.medians):
        alt += f" Medians, months: {estimates(model.medians, 'level', 'median', decimals=1)}"
    title, draw = f"Survival by covariate: {model.name}", partial(draw_survival, model, curves)
    rests, alarms = f"Fitted to: {contents.cohort_label}.", contents.model_alarms(model)
    yield Plate(f"model-{slug(model.name)}-survival", title, caption, alt, draw, rests, alarms)


def _effects(contents: Contents, model: ModelPart) -> Iterator[Plate]:
    if model.effects.empty:
        return
    caption = (
        "Hazard ratios with credible intervals; P(<1) is the probability that the contrast goes "
        "with longer times. They describe who did better in this cohort; they do not say what a "
        "treatment would change."
    )
    alt = estimates(model.effects, "contrast", "hazard_ratio")
    title, draw = f"Hazard ratios: {model.name}", partial(draw_effects, model)
    rests, alarms = f"Fitted to: {contents.cohort_label}.", contents.model_alarms(model)
    yield Plate(f"model-{slug(model.name)}-effects", title, caption, alt, draw, rests, alarms)


def _predictive(contents: Contents, model: ModelPart) -> Iterator[Plate]:
    if model.predictive.empty:
        return
    caption = (
        "Orange: the cohort's Kaplan-Meier curve, averaged over its draws. Blue: the middle 95% of "
        "curves of cohorts that the fitted model replicates, with the patients' own covariates, "
        "entry and censoring. A curve that leaves the band is not what the model foretells; one "
        "that stays in it may do so because the model was fitted to it."
    )
    rows = model.predictive
    outside = (~rows["observed"].between(rows["lower"], rows["upper"])).mean()
    alt = f"The observed curve is outside of the replicated band at {100 * outside:.0f}% of times."
    title, draw = f"Replicated survival: {model.name}", partial(draw_predictive_curves, rows)
    rests, alarms = f"Fitted to: {contents.cohort_label}.", contents.model_alarms(model)
    yield Plate(f"model-{slug(model.name)}-predictive", title, caption, alt, draw, rests, alarms)
