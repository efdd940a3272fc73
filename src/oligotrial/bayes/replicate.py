"""Follow-up made anew: event times from a hazard, seen as the cohort's were seen."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from oligotrial.bayes.future import time_at
from oligotrial.bayes.records import follow_up
from oligotrial.estimators import kaplan_meier
from oligotrial.hazard import Hazard

__all__ = ["FollowUp", "Seen"]

SHORTEST_MONTHS = 1e-6
"""A replicated time is no shorter: a model takes no time of 0."""


@dataclass(frozen=True, eq=False)
class Seen:
    """Follow-up as it would be recorded.

    Parameters
    ----------
    time : numpy.ndarray
        Time of event or censoring; the last negative examination of an event between two.
    event : numpy.ndarray
        1 or 0.
    upper : numpy.ndarray
        First positive examination; NaN where the time is exact or censored.
    """

    time: np.ndarray
    event: np.ndarray
    upper: np.ndarray

    @property
    def noticed(self) -> np.ndarray:
        """The time at which event or censoring came to be known."""
        return np.where(np.isnan(self.upper), self.time, self.upper)

    def rows(self, patients: pd.DataFrame, *, time: str, event: str) -> pd.DataFrame:
        """Return patients with this follow-up in place of their own.

        Parameters
        ----------
        patients : pandas.DataFrame
            The patients; their weights are dropped.
        time, event : str
            Columns of the time and the event.

        Returns
        -------
        pandas.DataFrame
            A new table.
        """
        dropped = patients.drop(columns=["time_upper", "weight", "cause"], errors="ignore")
        kept = dropped.assign(**{time: self.time, event: self.event.astype(int)})
        return kept.assign(time_upper=self.upper) if np.isfinite(self.upper).any() else kept


@dataclass(frozen=True, eq=False)
class FollowUp:
    """How patients were followed: from when, until when, and whether seen at visits only.

    Parameters
    ----------
    entry : numpy.ndarray
        Months at which each came under observation; shape (patient,).
    ended : numpy.ndarray
        Where each was censored; NaN where the event came first.
    least : numpy.ndarray
        Until when each is known not to have been censored.
    steps, remaining : numpy.ndarray
        Kaplan-Meier estimate of the time of censoring: times, and the share not censored.
    gaps : numpy.ndarray
        Months between the examinations that an event fell between; empty where times are exact.

    Notes
    -----
    A patient who was censored is censored at that time in each replicate. One who had the event
    would have been followed on: until when is drawn from the estimate of the time of censoring,
    given that it was later.
    """

    entry: np.ndarray
    ended: np.ndarray
    least: np.ndarray
    steps: np.ndarray
    remaining: np.ndarray
    gaps: np.ndarray

    @classmethod
    def of(cls, patients: pd.DataFrame, *, time: str, event: str) -> "FollowUp":
        """Return how a cohort's patients were followed.

        Parameters
        ----------
        patients : pandas.DataFrame
            One draw of a cohort.
        time, event : str
            Columns of the time and the event.

        Returns
        -------
        FollowUp
            For these patients.
        """
        records = follow_up(patients, time=time, event=event)
        last, seen = records["time"], records["event"] == 1
        entry = records.get("entry", np.zeros(len(last)))
        between = records.get("interval", np.zeros(len(last))) == 1
        seen = seen | between
        curve = kaplan_meier(last, (~seen).astype(int), entry=entry)
        gaps = (last - records.get("lower", last))[between]
        ended = np.where(seen, np.nan, last)
        return cls(entry, ended, last, np.asarray(curve.time), np.asarray(curve.survival), gaps)

    def fresh(self) -> "FollowUp":
        """Return the same for patients of whose end of follow-up nothing is known.

        Returns
        -------
        FollowUp
            Each patient's censoring will be drawn, given only that it is after entry.
        """
        unknown = np.full(len(self.entry), np.nan)
        return FollowUp(self.entry, unknown, self.entry, self.steps, self.remaining, self.gaps)

    def taken(self, rows: np.ndarray) -> "FollowUp":
        """Return the follow-up of some patients, each as often as named.

        Parameters
        ----------
        rows : numpy.ndarray of int
            Which.

        Returns
        -------
        FollowUp
            With the cohort's distribution of censoring.
        """
        own = self.entry[rows], self.ended[rows], self.least[rows]
        return FollowUp(*own, self.steps, self.remaining, self.gaps)

    def replicate(self, hazard: Hazard, rng: np.random.Generator, *, samples: int = 1) -> Seen:
        """Return follow-up of the patients under a hazard.

        Parameters
        ----------
        hazard : Hazard
            Its parameters have shape (samples, patients).
        rng : numpy.random.Generator
            Random numbers.
        samples : int, optional
            Replicates, one for each of the hazard's draws.

        Returns
        -------
        Seen
            Arrays of shape (samples, patients).
        """
        shape = (samples, len(self.entry))
        entry = np.broadcast_to(self.entry, shape)
        start = np.broadcast_to(hazard.cumulative_hazard(entry), shape)
        latent = np.maximum(time_at(hazard, start + rng.exponential(size=shape)), entry)
        least = np.maximum(SHORTEST_MONTHS, entry * (1.0 + 1e-9))
        censored = np.maximum(self._censoring(rng, shape), least)
        if len(self.gaps):
            return self._at_visits(rng, latent, censored)
        event = latent <= censored
        time = np.maximum(np.where(event, latent, censored), least)
        return Seen(time, event.astype(float), np.full(shape, np.nan))

    def _censoring(self, rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        """Draw times of censoring, later than what is known of each patient."""
        levels = np.r_[1.0, self.remaining]
        known = levels[np.searchsorted(self.steps, self.least, side="right")]
        target = rng.uniform(size=shape) * known
        place = len(levels) - np.searchsorted(levels[::-1], target, side="right")
        longest = max(float(self.least.max()), float(self.steps[-1]) if len(self.steps) else 0.0)
        times = np.r_[self.steps, longest]
        drawn = times[np.minimum(np.maximum(place - 1, 0), len(times) - 1)]
        drawn = np.maximum(drawn, self.least)
        return np.where(np.isnan(self.ended), drawn, self.ended)

    def _at_visits(
        self, rng: np.random.Generator, latent: np.ndarray, censored: np.ndarray
    ) -> Seen:
        """Note events at the first examination after them; the end of follow-up is one too."""
        lower = np.array(np.broadcast_to(self.entry, latent.shape))
        upper = np.minimum(lower + rng.choice(self.gaps, size=latent.shape), censored)
        event = latent <= censored
        while True:
            later = (latent > upper) & (upper < censored)
            if not later.any():
                break
            lower = np.where(later, upper, lower)
            following = np.minimum(upper + rng.choice(self.gaps, size=latent.shape), censored)
            upper = np.where(later, following, upper)
        upper = np.maximum(upper, lower + SHORTEST_MONTHS)
        time = np.where(event, lower, censored)
        return Seen(time, event.astype(float), np.where(event, upper, np.nan))
