"""Which figures a report has, what is said about each, and when it may not be relied on."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import pandas as pd
from matplotlib.figure import Figure

from oligotrial.report.contents import MEASURES, Contents, ModelPart
from oligotrial.report.figures.agreement import comparable, draw_agreement, worth_showing
from oligotrial.report.figures.cohort import draw_cohort_curves, whole_cohort
from oligotrial.report.figures.overlay import draw_overlay
from oligotrial.report.figures.posterior import draw_predictive_curves
from oligotrial.report.figures.rule import draw_rule
from oligotrial.report.figures.sheet import NARROW, WIDE, Layout, Sheet, as_svg, as_svg_and_png
from oligotrial.report.figures.survival import (
    draw_control_check,
    draw_effects,
    draw_survival,
    panel_title,
)
from oligotrial.report.figures.trial import (
    draw_duration,
    draw_effect_prior,
    draw_operating,
    draw_sensitivity,
)
from oligotrial.report.numbers import number, slug
from oligotrial.report.tables import sensitivity_names
from oligotrial.report.words import ends, estimates, plural, tipping

__all__ = ["Plate", "plates"]


@dataclass(frozen=True, eq=False)
class Plate:
    """A figure with all that is said about it.

    Parameters
    ----------
    name : str
        File name without its ending.
    title : str
        What it shows.
    caption : str
        What is seen, and what it does not say.
    alt : str
        The same for somebody who cannot see it.
    draw : callable
        Draws it on a sheet.
    footnote : str
        Whose data it rests on, written into the figure.
    alarms : tuple of str
        Reasons not to rely on it, written into the figure.
    """

    name: str
    title: str
    caption: str
    alt: str
    draw: Callable[[Sheet], Figure]
    footnote: str = ""
    alarms: tuple[str, ...] = ()

    def wide(self) -> tuple[bytes, bytes]:
        """Return the figure in the wide layout, as SVG and as PNG."""
        return as_svg_and_png(partial(self._drawn, WIDE), f"{self.name}-{WIDE.name}")

    def narrow(self) -> bytes:
        """Return the figure as SVG for a telephone."""
        return as_svg(partial(self._drawn, NARROW), f"{self.name}-{NARROW.name}")

    def _drawn(self, layout: Layout) -> Figure:
        return self.draw(Sheet(layout, self.title, self.footnote, self.alarms))


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
    found.extend([*_cohort(contents), *_agreement(contents)])
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


def _cohort(contents: Contents) -> Iterator[Plate]:
    curves = whole_cohort(contents.cohort_curves)
    if len(curves):
        yield _curves(contents, "cohort-curves", "The cohort's survival", curves, "")
    if not {"panel", "level"} <= set(contents.cohort_curves) or not len(contents.printed):
        return
    for panel, own in contents.cohort_curves.groupby("panel", sort=False):
        if panel and (contents.printed["panel"] == panel).any():
            name, title = f"cohort-curves-{slug(str(panel))}", panel_title(str(panel))
            title = f"The cohort's survival by {title.lower()}"
            yield _curves(contents, name, title, own, str(panel))


def _curves(contents: Contents, name: str, title: str, curves: pd.DataFrame, panel: str) -> Plate:
    draws = plural(curves["draw"].nunique(), "Kaplan-Meier curve")
    printed = contents.printed
    marks = printed[printed["panel"].fillna("") == panel] if len(printed) else printed
    draw = partial(draw_cohort_curves, curves)
    marked = alt = ""
    if len(marks):
        if not panel:
            curves, marks = curves.assign(level=""), marks.assign(level="")
        draw = partial(draw_overlay, curves, marks)
        marked = (
            "Black diamonds: printed medians; squares: printed rates; bars: their printed "
            "intervals, which are sampling error. "
        )
        alt = " ".join(f"Printed {row.statistic} at {row.place}." for row in marks.itertuples())
    caption = (
        f"{draws} {'by level' if panel else 'of the whole cohort'}. {marked}The spread between "
        "curves is what is left open about the cohort's rows; it is not sampling error, which is "
        "larger."
    )
    alt = f"{draws} of {contents.cohort_label}. {alt}".strip()
    return Plate(name, title, caption, alt, draw, f"Cohort: {contents.cohort_label}.")


def _agreement(contents: Contents) -> Iterator[Plate]:
    found = comparable(contents.agreement) if len(contents.agreement) else contents.agreement
    shown = worth_showing(contents.agreement) if len(found) else found
    if shown.empty:
        return
    known = contents.agreement.dropna(subset=["printed", "reconstructed_median", "tolerance"])
    exact, left_out = len(known) - len(found), len(contents.agreement) - len(known)
    met = int(found["within"].sum()) + exact
    told = f"{met} of the {len(known)} numbers compared are met by at least half of the draws"
    missed = int((~found["always"]).sum())
    some = "" if len(shown) >= missed else f", the {len(shown)} furthest off"
    some = f". Shown are numbers that some draws miss{some}" if len(shown) < len(found) else ""
    rest = f" {left_out} more can't be compared: see the table." if left_out else ""
    marks = "Crosses: missed by most draws. "
    if (shown["contradicted"] & ~shown["within"]).any():
        marks += "Diamonds: missed too, but the source contradicts itself there. "
    caption = (
        f"Deviation of the reconstruction from print: median and range over draws, in printed "
        f"roundings; beside it the numbers, printed → median over draws; {told}{some}. "
        f"{marks.strip()}{rest} Agreement with what was printed does not make the rows true: "
        "other rows fit the same numbers."
    )
    title, draw = "Printed and reconstructed numbers", partial(draw_agreement, contents.agreement)
    rests = f"Cohort: {contents.cohort_label}."
    yield Plate("agreement", title, caption, f"{told}.", draw, rests)
