"""The report as one HTML page that loads nothing."""

from base64 import b64encode
from collections.abc import Mapping

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from oligotrial.report.contents import MEASURES, Contents
from oligotrial.report.display import grid, linked, parts
from oligotrial.report.numbers import number, slug, with_error
from oligotrial.report.parts import Recommendation
from oligotrial.report.plate import Plate
from oligotrial.report.tables import sensitivity_names
from oligotrial.report.words import plural, shortfall

__all__ = ["as_html"]

DATA = "data:image/svg+xml;base64,"


def as_html(contents: Contents, plates: Mapping[str, Plate], svg: Mapping[str, bytes]) -> str:
    """Return the page.

    Parameters
    ----------
    contents : Contents
        What the report shows.
    plates : mapping of str to Plate
        The figures, by name.
    svg : mapping of str to bytes
        Their drawings: "name" for wide and "name-narrow" for narrow screens.

    Returns
    -------
    str
        HTML with its style and figures inside.
    """
    page = _environment().get_template("report.html")
    return page.render(
        contents=contents,
        plates=plates,
        images={name: Markup(DATA + b64encode(drawing).decode()) for name, drawing in svg.items()},  # noqa: S704
        facts=_facts(contents),
        measure=MEASURES[contents.target_measure],
        shortfall=shortfall(contents),
        sensitivity=list(zip(sensitivity_names(contents), contents.sensitivity, strict=True)),
    )


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("oligotrial.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"grid": grid, "linked": linked, "slug": slug, "summary": _summary}
    environment.filters["parts"] = parts
    return environment


def _facts(contents: Contents) -> list[tuple[str, str, str]]:
    """Return the key numbers: what, how much, in which sense."""
    best = contents.recommended
    if best is None:
        return []
    found = [
        ("Patients", str(best.patients), "randomised"),
        ("Events", str(best.events), "at the analysis"),
    ]
    chances = (
        ("Power", best.power, best.power_se, "at the design's hazard ratio"),
        ("Assurance", best.assurance, best.assurance_se, "averaged over the effect's prior"),
    )
    for name, value, error, sense in chances:
        if value is not None:
            text = number(value) if error is None else with_error(value, error)
            found.append((name, text, sense))
    return found + _times(best)


def _times(best: Recommendation) -> list[tuple[str, str, str]]:
    found = []
    if best.duration_months is not None:
        spread = "mean, to the analysis"
        if best.duration_low is not None and best.duration_high is not None:
            low, high = number(best.duration_low), number(best.duration_high)
            spread = f"mean; 90% of trials {low} to {high}"
        found.append(("Months", number(best.duration_months), spread))
    if best.accrual_months is not None:
        found.append(("Accrual", number(best.accrual_months), "months, to enrol all of them"))
    return found


def _summary(frame: pd.DataFrame, title: str) -> str:
    return f"{title} ({plural(len(frame), 'row')})"
