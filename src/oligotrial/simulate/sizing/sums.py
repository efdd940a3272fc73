"""Sums over trials from which means and their Monte Carlo standard errors follow."""

from dataclasses import asdict, dataclass

import numpy as np

from oligotrial.simulate.clustered import mean_and_error

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
            Not a number where no trial is among them; see `mean_and_error` for the error.
        """
        weighted = np.asarray(weights)
        kept = np.ones(self.trials.size, dtype=bool) if among is None else among
        # Products are of all draws: where some don't count, the spread within one isn't known.
        squares = float(weighted @ self.products @ weighted) if kept.all() else None
        totals = (self.totals @ weighted)[kept]
        return Estimate(*mean_and_error(totals, self.trials[kept], squares))
