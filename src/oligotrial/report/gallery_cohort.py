"""Which figures a report has of its cohort, and what is said about each."""

from collections.abc import Iterator
from functools import partial

import pandas as pd

from oligotrial.cohort import score
from oligotrial.report.contents import Contents
from oligotrial.report.figures.agreement import comparable, draw_agreement, worth_showing
from oligotrial.report.figures.cohort import draw_cohort_curves, whole_cohort
from oligotrial.report.figures.distances import NEEDED, draw_distances, furthest
from oligotrial.report.figures.overlay import draw_overlay
from oligotrial.report.figures.survival import panel_title
from oligotrial.report.numbers import slug
from oligotrial.report.plate import Plate
from oligotrial.report.words import plural

__all__ = ["agreement_plates", "cohort_plates", "distance_plates"]


def cohort_plates(contents: Contents) -> Iterator[Plate]:
    """Yield the cohort's curves, with the printed numbers on them."""
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


def agreement_plates(contents: Contents) -> Iterator[Plate]:
    """Yield the deviation of the reconstruction from print."""
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


def distance_plates(contents: Contents) -> Iterator[Plate]:
    """Yield how near the numbers are to print, where the agreement has distances."""
    table = contents.agreement
    if not set(NEEDED) <= set(table) or table["distance_percent"].isna().all():
        return
    counts = score(table).iloc[-1]
    one, five = counts["within_1_percent"], counts["within_5_percent"]
    told = (
        f"Of {plural(counts['numbers'] - counts['contradicted'], 'number')} that the source does "
        f"not itself contradict {one} are within 1% of print or print so, and {five} within 5%"
    )
    shown = len(furthest(table))
    left_out = shown < table["distance_percent"].notna().sum()
    some = f" Shown are the {shown} furthest off." if left_out else ""
    caption = (
        f"{told}.{some} Times, counts, hazard ratios and chi-squared as ratios to the printed "
        "number (counts and chi-squared below 1: as if they differed from 1), p-values, C-indices "
        "and percentages as differences. What is near print need not print so, and what prints so "
        "does not make the rows true."
    )
    title, draw = "How near the numbers are to print", partial(draw_distances, table)
    yield Plate("distances", title, caption, f"{told}.", draw, f"Cohort: {contents.cohort_label}.")
