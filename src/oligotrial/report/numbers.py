"""How numbers are written in a report."""

import math
import re

__all__ = ["heading", "number", "slug", "with_error", "with_interval"]

MISSING = "–"

_HEADINGS = {
    "bed4": "BED, α/β = 4 (Gy)",
    "bed10": "BED, α/β = 10 (Gy)",
    "bed4_gy": "BED, α/β = 4 (Gy)",
    "bed10_gy": "BED, α/β = 10 (Gy)",
    "eqd2_gy": "EQD2 (Gy)",
    "contradicted": "Contradicted by the source",
    "distance_percent": "Distance (% or points)",
    "draws_percent": "A draw's share, mean (%)",
    "draws_within": "Draws within tolerance",
    "mcse_log_hr": "MC error of log HR",
    "mc_se": "MC error",
    "n": "n",
    "numbers": "Printed numbers",
    "percent": "%",
    "probability_below_1": "P(HR < 1)",
    "reconstructed_median": "Reconstructed, median (range)",
    "within_1_percent": "Within 1%",
    "within_5_percent": "Within 5%",
}


def number(value: float, digits: int = 3) -> str:
    """Write a number with a given count of significant digits.

    Parameters
    ----------
    value : float
        The number; NaN is written as a dash, infinity as "not reached".
    digits : int
        Significant digits, kept also where they are zeros.

    Returns
    -------
    str
        The number, with a true minus sign and without an exponent where it can be.

    Examples
    --------
    >>> [number(0.8), number(12345.6), number(-0.25), number(float("nan"))]
    ['0.800', '12,346', '−0.250', '–']
    """
    value = float(value)
    if not math.isfinite(value):
        return MISSING if math.isnan(value) else "not reached"
    size = abs(value)
    if round(size) >= 10**digits or value == 0:
        text = f"{value:,.0f}"
    elif size < 1e-4:
        text = f"{value:.{digits - 1}e}"
    else:
        text = f"{value:#.{digits}g}".rstrip(".")
    return text.replace("-", "−", 1) if value < 0 else text


def with_error(value: float, error: float) -> str:
    """Write a simulated figure with its Monte Carlo standard error.

    Parameters
    ----------
    value : float
        The figure.
    error : float
        Its standard error; the figure has as many decimals as its first digit needs.

    Returns
    -------
    str
        Both, with a plus-minus sign.

    Examples
    --------
    >>> with_error(0.81234, 0.0039), with_error(18.26, 0.021), with_error(1.0, 0.0)
    ('0.812 ± 0.004', '18.26 ± 0.02', '1.000 ± <0.001')
    """
    if not (math.isfinite(value) and math.isfinite(error)):
        return number(value)
    if error < 0.0005:
        return f"{_fixed(value, 3)} ± <0.001"
    decimals = max(0, -math.floor(math.log10(error)))
    return f"{_fixed(value, decimals)} ± {error:.{decimals}f}"


def with_interval(value: float, low: float, high: float, *, decimals: int | None = None) -> str:
    """Write an estimate with its interval, all with the same decimals.

    Parameters
    ----------
    value : float
        The estimate.
    low, high : float
        Ends of the interval.
    decimals : int, optional
        Decimals; 2 for estimates below 10, 1 below 100, else 0, when left out.

    Returns
    -------
    str
        The three numbers, or only the estimate when there is no interval.

    Examples
    --------
    >>> with_interval(0.78, 0.43, 1.43), with_interval(13.97, 8.57, float("inf"))
    ('0.78 (0.43 to 1.43)', '14.0 (8.6 to not reached)')
    """
    if decimals is None:
        size = abs(value) if math.isfinite(value) else 10.0
        decimals = 2 if size < 10 else 1 if size < 100 else 0
    estimate, *ends = (_even(each, decimals) for each in (value, low, high))
    return estimate if math.isnan(low) and math.isnan(high) else f"{estimate} ({' to '.join(ends)})"


def heading(column: str) -> str:
    """Write the name of a column as a heading.

    Parameters
    ----------
    column : str
        A column's name in a table of data.

    Returns
    -------
    str
        Words, with the unit in brackets.

    Examples
    --------
    >>> heading("accrual_months"), heading("hazard_ratio")
    ('Accrual (months)', 'Hazard ratio')
    """
    if column in _HEADINGS:
        return _HEADINGS[column]
    stem, _, unit = column.rpartition("_")
    words, suffix = (stem, f" ({unit})") if stem and unit in ("months", "gy") else (column, "")
    words = words.replace("_", " ")
    return words[:1].upper() + words[1:] + suffix.replace("gy", "Gy")


def slug(text: str) -> str:
    """Write a title as part of a file name.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        Lower-case letters, digits and hyphens.

    Examples
    --------
    >>> slug("Power by true HR (fixed)")
    'power-by-true-hr-fixed'
    """
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "untitled"


def _fixed(value: float, decimals: int) -> str:
    return f"{value:.{decimals}f}".replace("-", "−", 1)


def _even(value: float, decimals: int) -> str:
    """Write a number with given decimals, or with digits enough not to look like 0."""
    if not math.isfinite(value) or 0 < abs(value) < 0.5 * 10**-decimals:
        return number(value, 2)
    return _fixed(value, decimals)
