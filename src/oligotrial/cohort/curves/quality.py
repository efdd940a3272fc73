"""How well a reconstruction meets the curve, the risk table and the totals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from oligotrial.checks import InputError, positive
from oligotrial.cohort.curves.digitised import Record
from oligotrial.cohort.curves.readings import Readings
from oligotrial.estimators import CumulativeIncidence, cumulative_incidence, number_at_risk
from oligotrial.estimators.cox import cox

__all__ = ["MISFIT", "HazardRatio", "problems", "quality", "residuals"]

MISFIT: Final = 5.0
"""How many standard deviations of a reading a curve may be off before that is called a problem."""

_MEAN_MISFIT: Final = 2.0

_NOBODY: Final = "-"
"""Stands for a censored patient's cause: causes are words."""


@dataclass(frozen=True)
class HazardRatio:
    """A published hazard ratio between two arms, to compare reconstructions with.

    Parameters
    ----------
    value : float
        Hazard of `arm` over that of `reference`.
    arm, reference : str
        Names of the arms.
    lower, upper : float, optional
        The published confidence limits.

    Raises
    ------
    InputError
        If a number is not positive, or the value not between its limits.
    """

    value: float
    arm: str
    reference: str
    lower: float = np.nan
    upper: float = np.nan

    def __post_init__(self) -> None:
        positive(self.value, "hazard ratio")
        for limit in (self.lower, self.upper):
            if not np.isnan(limit):
                positive(limit, "hazard ratio")
        if self.lower > self.value or self.value > self.upper:
            raise InputError(
                f"{self.value:g} is not between its limits, {self.lower:g} and {self.upper:g}",
                where="hazard ratio",
            )
        if self.arm == self.reference:
            raise InputError(f"arm and reference are both '{self.arm}'", where="hazard ratio")


def quality(
    records: Mapping[str, Record],
    frames: Sequence[pd.DataFrame],
    *,
    hazard_ratio: HazardRatio | None = None,
) -> pd.DataFrame:
    """Compare what was read and printed with reconstructions.

    Parameters
    ----------
    records : mapping of str to Record
        By arm what was read; "" where there is one group.
    frames : sequence of pandas.DataFrame
        Of each draw the patients: time, event, with several causes cause, with several arms arm.
    hazard_ratio : HazardRatio, optional
        A published one.

    Returns
    -------
    pandas.DataFrame
        One row a number: arm, statistic, given, reconstructed_median, reconstructed_low,
        reconstructed_high (over draws), tolerance, draws_within (the share of draws that differ
        by no more). Differences of the curve are between readings and the
        Kaplan-Meier or Aalen-Johansen curve of the reconstruction at the readings' times.
    """
    rows = []
    for arm, record in records.items():
        own = [_of_arm(frame, arm) for frame in frames]
        rows += [{"arm": arm, **row} for row in _curve_rows(record, own)]
        rows += [{"arm": arm, **row} for row in _count_rows(record, own)]
    if hazard_ratio is not None:
        rows.append({"arm": f"{hazard_ratio.arm} : {hazard_ratio.reference}"})
        rows[-1] |= _hazard_ratio_row(hazard_ratio, frames, list(records))
    return pd.DataFrame(rows)


def problems(table: pd.DataFrame, *, source: str) -> tuple[str, ...]:
    """Say which numbers most draws miss.

    Parameters
    ----------
    table : pandas.DataFrame
        As `quality` returns it.
    source : str
        Where the figure is.

    Returns
    -------
    tuple of str
        One sentence a number; empty where all are met.
    """
    missed = table[(table["draws_within"] < 0.5) & (table["statistic"] != "hazard ratio")]
    return tuple(
        f"{source}{f', {row["arm"]}' if row['arm'] else ''}: {row['statistic']} is "
        f"{row['given']:g} but {row['reconstructed_median']:.4g} in the reconstruction"
        for row in missed.to_dict("records")
    )


def residuals(record: Record, patients: pd.DataFrame) -> np.ndarray:
    """Return how far a reconstruction's curves lie above the readings.

    Where times were read with an error, a curve is taken where it is nearest within three standard
    deviations of it.

    Parameters
    ----------
    record : Record
        What was read.
    patients : pandas.DataFrame
        Columns time, event and with several causes cause.

    Returns
    -------
    numpy.ndarray
        Of all readings of all causes; as incidence.
    """
    curves = _incidence(record, patients)
    return np.concatenate(
        [
            _gaps(curves, cause, readings, 3.0 * record.precision.time)
            for cause, readings in zip(record.causes, record.readings, strict=True)
        ]
    )


def _incidence(record: Record, patients: pd.DataFrame) -> CumulativeIncidence:
    if record.causes == ("",):
        cause = np.where(patients["event"] == 1, "", _NOBODY)
    else:
        cause = patients["cause"].fillna(_NOBODY).to_numpy(dtype=str)
    return cumulative_incidence(patients["time"], cause, censored=_NOBODY)


def _gaps(curves: CumulativeIncidence, cause: str, readings: Readings, reach: float) -> np.ndarray:
    """Return a curve's heights above readings; the upper of two at one time is before the drop."""
    if cause not in curves.causes:
        return -readings.height
    own = np.append(0.0, curves.incidence[:, curves.causes.index(cause)])
    upper = np.append(readings.time[1:] == readings.time[:-1], False)
    after = np.searchsorted(curves.time, readings.time + reach, side="right")
    before = np.searchsorted(curves.time, readings.time - reach, side="left")
    at = np.searchsorted(curves.time, readings.time, side="right")
    least, most = own[before], own[after]
    if reach == 0:
        least = most = own[np.where(upper, before, at)]
    return np.asarray(np.clip(0.0, least - readings.height, most - readings.height))


def _curve_rows(record: Record, frames: Sequence[pd.DataFrame]) -> list[dict[str, object]]:
    gaps = [np.abs(residuals(record, frame)) for frame in frames]
    error = record.precision.height
    return [
        _row("largest difference of the curve", 0.0, [each.max() for each in gaps], MISFIT * error),
        _row(
            "mean difference of the curve",
            0.0,
            [each.mean() for each in gaps],
            _MEAN_MISFIT * error,
        ),
    ]


def _count_rows(record: Record, frames: Sequence[pd.DataFrame]) -> list[dict[str, object]]:
    rows = [_row("patients", record.patients, [len(frame) for frame in frames], 0.0)]
    at_risk = [number_at_risk(frame["time"], at=record.risk_table.time) for frame in frames]
    for place, time in enumerate(record.risk_table.time[1:], start=1):
        given = int(record.risk_table.at_risk[place])
        rows.append(_row(f"at risk at {time:g}", given, [each[place] for each in at_risk], 0.0))
    totals: dict[str, int | None] = {}
    totals.update(zip(record.causes, record.events, strict=True))
    if record.others is not None:
        totals[record.others] = record.other_events
    for cause, printed in totals.items():
        counts = [_events(frame, cause) for frame in frames]
        name = f"events of {cause}" if cause else "events"
        if printed is None:
            rows.append(_row(name, np.nan, counts, np.nan))
        else:
            rows.append(_row(name, printed, counts, 0.0))
    return rows


def _events(frame: pd.DataFrame, cause: str) -> int:
    return int((frame["cause"] == cause).sum() if cause else frame["event"].sum())


def _of_arm(frame: pd.DataFrame, arm: str) -> pd.DataFrame:
    return frame[frame["arm"] == arm] if arm else frame


def _hazard_ratio_row(
    published: HazardRatio, frames: Sequence[pd.DataFrame], arms: list[str]
) -> dict[str, object]:
    for name in (published.arm, published.reference):
        if name not in arms:
            raise InputError(
                f"there is no arm '{name}'; arms are {', '.join(arms)}", where="hazard ratio"
            )
    found = []
    for frame in frames:
        two = frame[frame["arm"].isin([published.arm, published.reference])]
        fit = cox(two["time"], two["event"], {"arm": (two["arm"] == published.arm).astype(float)})
        found.append(float(fit.coefficients["hazard_ratio"].iloc[0]))
    row = _row("hazard ratio", published.value, found, np.nan)
    within = (np.array(found) >= published.lower) & (np.array(found) <= published.upper)
    known = np.isfinite(published.lower) and np.isfinite(published.upper)
    return row | {"draws_within": within.mean() if known else np.nan}


def _row(
    statistic: str, given: float, found: Sequence[float], tolerance: float
) -> dict[str, object]:
    values = np.array(found, dtype=float)
    known = np.isfinite(tolerance)
    return {
        "statistic": statistic,
        "given": given,
        "reconstructed_median": float(np.median(values)),
        "reconstructed_low": float(values.min()),
        "reconstructed_high": float(values.max()),
        "tolerance": tolerance,
        "draws_within": float((np.abs(values - given) <= tolerance).mean()) if known else np.nan,
    }
