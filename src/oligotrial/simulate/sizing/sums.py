"""Sums over trials from which means and their Monte Carlo standard errors follow."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

import numpy as np

__all__ = ["Estimate", "Sums"]


@dataclass(frozen=True)
class Estimate:
    """A simulated figure.

    Parameters
    ----------
    value : float
        The figure.
    se : float
        Its Monte Carlo standard error.
    """

    value: float
    se: float

    def __str__(self) -> str:
        return f"{self.value:.4g} (Monte Carlo standard error {self.se:.2g})"


@dataclass(frozen=True, eq=False)
class Sums:
    """Sums of some columns over trials, by draw of the truth.

    Parameters
    ----------
    trials : numpy.ndarray
        Trials of each draw; shape (draws,).
    totals : numpy.ndarray
        Sums of the columns; shape (draws, columns).
    products : numpy.ndarray
        Sums over all trials of the products of two columns; shape (columns, columns).

    Examples
    --------
    >>> sums = Sums.of(np.array([[0.0], [1.0], [1.0], [0.0]]), np.zeros(4, int), 1)
    >>> print(sums.mean([1.0]))
    0.5 (Monte Carlo standard error 0.25)
    """

    trials: np.ndarray
    totals: np.ndarray
    products: np.ndarray

    @staticmethod
    def of(columns: np.ndarray, draw: np.ndarray, draws: int) -> "Sums":
        """Add up trials.

        Parameters
        ----------
        columns : numpy.ndarray
            Shape (trials, columns).
        draw : numpy.ndarray of int
            Draw of the truth that each trial had; shape (trials,).
        draws : int
            Draws of the truth.

        Returns
        -------
        Sums
            Their sums.
        """
        totals = [np.bincount(draw, weights=column, minlength=draws) for column in columns.T]
        # Term by term, not a matrix product: that one's last bit depends on the library's threads.
        products = [[float(np.sum(one * other)) for other in columns.T] for one in columns.T]
        return Sums(
            np.bincount(draw, minlength=draws).astype(float), np.array(totals).T, np.array(products)
        )

    @staticmethod
    def total(parts: Iterable[dict[str, np.ndarray]]) -> "Sums":
        """Add up parts, in the order given.

        Parameters
        ----------
        parts : iterable of dict
            What `arrays` returns.

        Returns
        -------
        Sums
            Their sum.
        """
        found: dict[str, np.ndarray] = {}
        for part in parts:
            found = {name: found.get(name, 0.0) + array for name, array in part.items()}
        return Sums(**found)

    @property
    def count(self) -> float:
        """Trials over all draws."""
        return float(self.trials.sum())

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays by name, for storing."""
        return asdict(self)

    def mean(
        self, weights: np.ndarray | list[float], *, among: np.ndarray | None = None
    ) -> Estimate:
        """Return the mean over trials of a weighted sum of the columns.

        Parameters
        ----------
        weights : numpy.ndarray
            Shape (columns,).
        among : numpy.ndarray of bool, optional
            Draws to average over; all when left out; shape (draws,).

        Returns
        -------
        Estimate
            Not a number where no trial is among them.

        Notes
        -----
        Trials that share a draw of the truth are not independent. Where there is more than one
        draw, the standard error is that of a ratio of two sums over draws as clusters: Cochran
        (1977), Sampling Techniques, 3rd edition, section 6.4. With one trial a draw it is the
        usual one.
        """
        kept = np.ones(self.trials.size, dtype=bool) if among is None else among
        trials, totals = self.trials[kept], (self.totals @ np.asarray(weights))[kept]
        count = trials.sum()
        if count == 0:
            return Estimate(np.nan, np.nan)
        value = totals.sum() / count
        clusters = int(np.count_nonzero(trials))
        if clusters == 1:
            if self.trials.size > 1:  # one draw of many is left: its trials' spread isn't kept
                return Estimate(float(value), np.nan)
            square = float(np.asarray(weights) @ self.products @ np.asarray(weights)) / count
            return Estimate(float(value), float(np.sqrt(max(square - value**2, 0.0) / count)))
        residual = totals - value * trials
        spread = clusters / (clusters - 1) * np.sum(residual**2)
        return Estimate(float(value), float(np.sqrt(spread) / count))
