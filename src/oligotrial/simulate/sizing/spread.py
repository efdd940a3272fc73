"""How numbers are spread over trials: means and quantiles with their Monte Carlo errors."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from oligotrial.checks import probability
from oligotrial.simulate.clustered import quantile_and_error
from oligotrial.simulate.sizing.sums import Estimate, Sums

__all__ = ["Spread"]


@dataclass(frozen=True, eq=False)
class Spread:
    """What is kept of some numbers of each trial, one a place, so that memory stays flat.

    Parameters
    ----------
    trials : numpy.ndarray
        Trials by draw of the truth; shape (draws,).
    finite : numpy.ndarray
        Those of them with a number; shape (draws, places).
    totals : numpy.ndarray
        Sums of the numbers; shape (draws, places).
    squares : numpy.ndarray
        Sums of their squares; shape (places,).
    frequencies : numpy.ndarray
        Trials by bin of the number; shape (places, bins).

    Examples
    --------
    >>> numbers = np.array([[1.0], [3.0], [3.0], [4.0]])
    >>> spread = Spread.of(numbers, numbers.astype(int), draw=np.zeros(4, int), size=(1, 5))
    >>> spread.figures(0, (0.5,), values=np.arange(5.0))["q50"]
    3.0
    """

    trials: np.ndarray
    finite: np.ndarray
    totals: np.ndarray
    squares: np.ndarray
    frequencies: np.ndarray

    @staticmethod
    def of(
        numbers: np.ndarray, binned: np.ndarray, *, draw: np.ndarray, size: tuple[int, int]
    ) -> "Spread":
        """Count and add up.

        Parameters
        ----------
        numbers : numpy.ndarray
            Infinite where there is none; shape (trials, places).
        binned : numpy.ndarray of int
            The bin of each; shape (trials, places).
        draw : numpy.ndarray of int
            Draw of the truth that each trial had; shape (trials,).
        size : tuple of int
            Draws of the truth, and bins.

        Returns
        -------
        Spread
            Counts and sums.
        """
        draws, bins = size
        finite = np.isfinite(numbers)
        kept = np.where(finite, numbers, 0.0)

        def by_draw(columns: np.ndarray) -> np.ndarray:
            each = [np.bincount(draw, weights=column, minlength=draws) for column in columns.T]
            return np.stack(each, axis=1)

        return Spread(
            np.bincount(draw, minlength=draws).astype(float),
            by_draw(finite),
            by_draw(kept),
            np.array([np.sum(column**2) for column in kept.T]),
            np.stack([np.bincount(column, minlength=bins) for column in binned.T]),
        )

    def share(self, place: int) -> Estimate:
        """Return the proportion of trials with a number in a place."""
        came = self.finite[:, [place]]
        return Sums(self.trials, came, came.sum().reshape(1, 1)).mean([1.0])

    def figures(
        self, place: int, shares: Sequence[float], *, values: np.ndarray
    ) -> dict[str, float]:
        """Return the mean and quantiles of a place, each with its Monte Carlo standard error.

        Parameters
        ----------
        place : int
            Which number.
        shares : sequence of float
            Proportions of trials that are no higher than the quantiles.
        values : numpy.ndarray
            Ascending, one a bin; shape (bins,).

        Returns
        -------
        dict
            `mean` of the finite numbers, `q5` and so on of all, each followed by its `_se`; see
            `quantile_and_error`.
        """
        square = self.squares[place].reshape(1, 1)
        sums = Sums(self.finite[:, place], self.totals[:, [place]], square)
        mean, count = sums.mean([1.0]), max(sums.count, 1.0)
        simple = (float(square[0, 0]) / count - mean.value**2) / count
        clustering = mean.se**2 / simple if simple > 0 else 1.0
        found = {"mean": mean.value, "mean_se": mean.se}
        for share in shares:
            name = f"q{100 * probability(share, 'shares'):g}"
            found[name], found[f"{name}_se"] = quantile_and_error(
                self.frequencies[place], share, values=values, inflation=clustering
            )
        return found
