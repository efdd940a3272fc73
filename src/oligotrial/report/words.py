"""Sentences that a report makes from its numbers."""

import pandas as pd

from oligotrial.report.contents import MEASURES, Contents
from oligotrial.report.figures.trial import crossings, curves_of
from oligotrial.report.numbers import heading, number, with_error, with_interval
from oligotrial.report.parts import SensitivityPart

__all__ = ["ends", "estimates", "plural", "shortfall", "tipping"]


def tipping(part: SensitivityPart, target: float) -> str:
    """Say where the curves of a sensitivity analysis cross the target.

    Parameters
    ----------
    part : SensitivityPart
        A curve.
    target : float
        The probability to reach.

    Returns
    -------
    str
        A sentence a curve, or nothing when the target does not apply.

    Examples
    --------
    >>> table = pd.DataFrame({"hr": [0.6, 0.8], "power": [0.9, 0.7]})
    >>> part = SensitivityPart(title="", note="", table=table, kind="curve", x="hr", y="power")
    >>> tipping(part, 0.8)
    'Power crosses 0.8 at hr = 0.700.'
    """
    if not part.against_target:
        return ""
    label = part.x_label or heading(str(part.x))
    label = label[:1].lower() + label[1:]
    sentences = []
    for name, rows in curves_of(part):
        places = [number(x) for x in crossings(rows[part.x], rows[part.y], target)]
        where = f"crosses {target:g} at {label} = {' and '.join(places)}"
        side = "at or above" if (rows[part.y] >= target).all() else "below"
        stays = f"stays {side} {target:g} over the whole range"
        sentences.append(f"{name} {where if places else stays}.")
    return " ".join(sentences)


def shortfall(contents: Contents) -> str:
    """Say that no simulated design reaches the target, and how near the best one comes.

    Parameters
    ----------
    contents : Contents
        What the report shows.

    Returns
    -------
    str
        A sentence or two.
    """
    name = MEASURES[contents.target_measure].lower()
    sentence = f"No simulated design reaches {name} {contents.target:g}."
    if contents.operating.empty:
        return sentence
    rows = contents.operating[contents.operating["scenario"] == contents.target_measure]
    if rows.empty:
        return f"{sentence} The scenario '{contents.target_measure}' was not simulated."
    best = rows.sort_values("estimate", kind="stable").iloc[-1]
    reached = with_error(best["estimate"], best["mc_se"])
    highest = f"The highest is {reached}, with {best['patients']} patients."
    if best["estimate"] >= contents.target:
        return f"None is recommended, although {name} {contents.target:g} is reached. {highest}"
    return f"{sentence} {highest} Simulate larger sizes, a longer trial or a larger difference."


def ends(rows: pd.DataFrame, column: str, name: str) -> str:
    """Say what a figure is for the smallest and for the largest trial.

    Parameters
    ----------
    rows : pandas.DataFrame
        Operating characteristics by size.
    column : str
        The figure's column.
    name : str
        What to call it.

    Returns
    -------
    str
        A sentence.

    Examples
    --------
    >>> ends(pd.DataFrame({"patients": [50, 90], "p": [0.4, 0.7]}), "p", "Power")
    'Power: 0.400 with 50 patients, 0.700 with 90.'
    """
    ordered = rows.dropna(subset=[column]).sort_values("patients")
    if ordered.empty:
        return f"{name}: no values."
    values = [number(value) for value in ordered[column].iloc[[0, -1]]]
    sizes = ordered["patients"].iloc[[0, -1]].tolist()
    return f"{name}: {values[0]} with {sizes[0]} patients, {values[1]} with {sizes[1]}."


def estimates(rows: pd.DataFrame, label: str, value: str, *, decimals: int = 2) -> str:
    """Say each row's estimate and interval.

    Parameters
    ----------
    rows : pandas.DataFrame
        With columns lower and upper.
    label, value : str
        Columns of what is estimated and of the estimate.
    decimals : int
        Decimals.

    Returns
    -------
    str
        A sentence a row.
    """
    return " ".join(
        f"{row[label]}: {_interval(row, value, decimals)}." for _, row in rows.iterrows()
    )


def plural(count: int, noun: str) -> str:
    """Write a count of things.

    Parameters
    ----------
    count : int
        How many.
    noun : str
        One of them.

    Returns
    -------
    str
        The count and the noun.

    Examples
    --------
    >>> plural(1, "draw"), plural(10, "draw")
    ('1 draw', '10 draws')
    """
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _interval(row: "pd.Series[float]", value: str, decimals: int) -> str:
    return with_interval(row[value], row["lower"], row["upper"], decimals=decimals)
