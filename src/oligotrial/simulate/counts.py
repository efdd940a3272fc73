"""How many events one truth and one accrual bring by a month: their mean and their distribution."""

from dataclasses import dataclass

import numpy as np
from scipy.special import betainc, gammaincc, gammaln
from scipy.stats import gamma, norm

__all__ = ["Future", "months_spent"]

NODES = 400
"""Numbers of patients at which integrals over accrual are evaluated."""

LARGE = 2_000
"""Patients from which on a sum of their evenly spaced events is taken as normal."""


def months_spent(starts: np.ndarray, month: float) -> np.ndarray:
    """Return the months of each period of accrual that are over by a month."""
    ends = np.append(starts[1:], np.inf)
    return np.asarray(np.clip(np.minimum(ends, month) - starts, 0.0, None))


@dataclass(frozen=True, eq=False)
class Future:
    """One truth and one accrual.

    Parameters
    ----------
    times : numpy.ndarray
        Months of follow-up, ascending from 0; shape (times,).
    seen : numpy.ndarray
        Probability that a patient's event was seen by then; shape (times,).
    starts : numpy.ndarray
        Months at which periods of accrual begin, the first 0; shape (periods,).
    rates : numpy.ndarray
        Patients a month in each period; shape (periods,).
    patients : int
        Patients after whom accrual ends.
    poisson : bool
        Whether arrivals are a Poisson process; evenly spaced in expectation otherwise.
    """

    times: np.ndarray
    seen: np.ndarray
    starts: np.ndarray
    rates: np.ndarray
    patients: int
    poisson: bool

    def expected(self, month: float) -> float:
        """Return the events expected by a month."""
        if not self.poisson:
            return float(self._chances(month).sum())
        counts = self._counts(month)
        going_on = gammaincc(self.patients, counts)  # fewer than all came with so many expected
        return float(np.trapezoid(self._seen(counts, month) * going_on, counts))

    def reaches(self, events: int, month: float) -> float:
        """Return the probability that as many events were seen by a month."""
        if not self.poisson:
            return _sum_reaches(events, self._chances(month))
        counts = self._counts(month)
        seen = self._seen(counts, month)
        areas = np.r_[0.0, np.cumsum(0.5 * (seen[1:] + seen[:-1]) * np.diff(counts))]
        average = np.divide(areas, counts, out=seen[:1].repeat(counts.size), where=counts > 0)
        # All came: the last of them when so many were expected, the others evenly before.
        others = self.patients - 1
        last = seen * _reaches(events - 1, others, average)
        last += (1 - seen) * _reaches(events, others, average)
        chance = np.trapezoid(last * gamma.pdf(counts, self.patients), counts)
        # Fewer came, all of them evenly.
        fewer = np.arange(events, self.patients)
        if fewer.size:
            logs = fewer * np.log(max(counts[-1], 1e-300)) - counts[-1] - gammaln(fewer + 1.0)
            chance += np.exp(logs) @ _reaches(events, fewer, average[-1])
        return float(min(max(chance, 0.0), 1.0))

    def _counts(self, month: float) -> np.ndarray:
        """Return numbers of patients expected, up to a month or till all are in for sure."""
        spread = 10 * np.sqrt(self.patients) + 10
        most = min(float(months_spent(self.starts, month) @ self.rates), self.patients + spread)
        near = max(min(self.patients - spread, most), 0.0)
        below = np.linspace(0.0, near, NODES)[:-1]
        return np.concatenate([below, np.linspace(near, most, NODES)])

    def _chances(self, month: float) -> np.ndarray:
        """Return the probability that the event of each evenly spaced patient was seen."""
        return self._seen(np.arange(1.0, self.patients + 1), month)

    def _seen(self, counts: np.ndarray, month: float) -> np.ndarray:
        """Return the same for those who come when so many patients are expected."""
        return np.asarray(np.interp(month - self._months(counts), self.times, self.seen))

    def _months(self, counts: np.ndarray) -> np.ndarray:
        """Return the months by which so many patients are expected, as the simulator does."""
        upto = np.r_[0.0, np.cumsum(np.diff(self.starts) * self.rates[:-1])]
        period = np.searchsorted(upto[1:], counts)  # at a period's last patient, it isn't over
        rates = np.where(self.rates > 0, self.rates, np.inf)
        return np.asarray(self.starts[period] + (counts - upto[period]) / rates[period])


def _reaches(events: int, patients: np.ndarray | int, chance: np.ndarray | float) -> np.ndarray:
    """Return the probability of at least some events, each patient's being as likely."""
    if events <= 0:
        return np.ones(np.broadcast_shapes(np.shape(patients), np.shape(chance)))
    # A regularised incomplete beta function; of fewer patients than events there is none.
    rest = np.asarray(patients) - events + 1.0
    return np.where(rest > 0, betainc(events, np.maximum(rest, 1.0), chance), 0.0)


def _sum_reaches(events: int, chances: np.ndarray) -> float:
    """Return the probability of at least some events, where patients' chances are their own."""
    if chances.size > LARGE:
        spread = np.sqrt(np.sum(chances * (1 - chances)))
        return float(norm.sf((events - 0.5 - chances.sum()) / max(spread, 1e-9)))
    fewer = np.zeros(events)  # probabilities of 0, 1, ... events, all below the number wanted
    fewer[0] = 1.0
    for chance in chances:
        came = chance * fewer[:-1]
        fewer *= 1 - chance
        fewer[1:] += came
    return float(min(max(1.0 - fewer.sum(), 0.0), 1.0))
