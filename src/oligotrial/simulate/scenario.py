"""The truth of a simulated world: a hazard for each arm, by stratum and by draw."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from oligotrial.checks import InputError, positive_integer
from oligotrial.hazard import Hazard, Proportional
from oligotrial.simulate.world import World, tabulate

__all__ = ["Scenario"]


@dataclass(frozen=True)
class Scenario:
    """What each replicate's truth is drawn from: fixed values (power) or draws (assurance).

    Parameters
    ----------
    name : str
        What tables call it.
    strata : tuple of str
        Names of the strata of the trial's population.
    shares : numpy.ndarray
        Share of each stratum; sums to 1.
    control, experimental : Hazard
        The arms' hazards. At a scalar time a cumulative hazard broadcasts to
        (draws, strata): one draw for a fixed truth, many for a posterior. Replicate r of a
        simulation takes draw ``r % draws``.

    Raises
    ------
    InputError
        If the shares don't sum to 1 or don't match the strata, or one is negative.

    Examples
    --------
    >>> from oligotrial.hazard import Exponential
    >>> control = Exponential(np.log(2) / 9)
    >>> null = Scenario("null", ("all",), np.ones(1), control, control)
    >>> null.world().draws
    1
    """

    name: str
    strata: tuple[str, ...]
    shares: np.ndarray
    control: Hazard
    experimental: Hazard

    def __post_init__(self) -> None:
        shares = np.asarray(self.shares, dtype=float)
        if shares.shape != (len(self.strata),) or not np.isclose(shares.sum(), 1.0):
            raise InputError(
                f"{len(self.shares)} shares that sum to {np.sum(self.shares):g} don't fit "
                f"{len(self.strata)} strata; give one share a stratum, summing to 1",
                where=f"scenario '{self.name}'",
            )
        if not (shares >= 0).all():
            raise InputError(
                f"a share of {shares.min():g} is negative; give 0 or more",
                where=f"scenario '{self.name}'",
            )

    def world(self, *, draws: int | None = None) -> World:
        """Tabulate both arms' hazards for the compiled simulator.

        Parameters
        ----------
        draws : int, optional
            Draws to keep, evenly spread over those there are; all when left out.

        Returns
        -------
        World
            Arrays that the kernel reads.

        Raises
        ------
        InputError
            If the arms have different numbers of draws, or of strata; if a hazard is too rough for
            tables; or if no draw is to be kept.
        """
        if draws is not None:
            positive_integer(draws, "draws")
        self._check_shapes()
        bases: list[Hazard] = []
        log_ratios = []
        which = []
        for arm in (self.control, self.experimental):
            base, log_ratio = _unwrapped(arm)
            known = [number for number, other in enumerate(bases) if other is base]
            which.append(known[0] if known else len(bases))
            if not known:
                bases.append(base)
            log_ratios.append(log_ratio)
        world = tabulate(bases, which, log_ratios, np.asarray(self.shares, dtype=float))
        return world if draws is None else world.thinned(draws)

    def _check_shapes(self) -> None:
        """Refuse arms whose draws or strata don't fit each other's."""
        strata = len(self.strata)
        try:
            arms = [
                np.shape(arm.cumulative_hazard(1.0)) for arm in (self.control, self.experimental)
            ]
            found, problem = np.broadcast_shapes(*arms, (1, strata)), ""
        except ValueError as error:
            found, problem = (), f" ({error})"
        if len(found) != 2 or found[1] != strata:
            raise InputError(
                "the arms' hazards don't fit each other or the number of strata, "
                f"{strata}{problem}; give their numbers the shape (draws, strata), with 1 where "
                "one is the same for all",
                where=f"scenario '{self.name}'",
            )


def _unwrapped(hazard: Hazard) -> tuple[Hazard, Any]:
    """Return what is below the proportional layers, and their log ratios' sum."""
    log_ratio: Any = 0.0
    while isinstance(hazard, Proportional):
        log_ratio = log_ratio + hazard.log_ratio
        hazard = hazard.hazard
    return hazard, log_ratio
