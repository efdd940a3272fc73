"""A model of biologically effective dose: a dose response, repair and regrowth put together."""

from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import numpy as np

from oligotrial.checks import InputError
from oligotrial.radiobiology.dose import LevelName
from oligotrial.radiobiology.kinetics import CompleteRepair, NoRepopulation, Repair, Tumour
from oligotrial.radiobiology.response import (
    DoseResponse,
    Effectiveness,
    LinearQuadratic,
    ratio_for,
)
from oligotrial.radiobiology.schedule import Schedule

__all__ = ["LINEAR_QUADRATIC", "BedModel", "BedParts"]

EQUIVALENT_FRACTION_GY: Final = 2.0


class BedParts(NamedTuple):
    """BED as ``linear + quadratic / (alpha/beta)``: what data can hold while the ratio varies.

    Parameters
    ----------
    linear_gy : float or numpy.ndarray
        What doesn't depend on alpha/beta, Gy: the total dose, in the linear-quadratic model.
    quadratic_gy2 : float or numpy.ndarray
        What is divided by it, square Gy: the sum of squared doses per fraction there.
    """

    linear_gy: Any
    quadratic_gy2: Any

    def bed_gy(self, alpha_beta: Any) -> Any:
        """Return the BED, Gy, at a ratio or at draws of it, shaped to broadcast."""
        return self.linear_gy + self.quadratic_gy2 / alpha_beta


@dataclass(frozen=True)
class BedModel:
    """How the biologically effective dose of a course follows from its fractions.

    Parameters
    ----------
    response : DoseResponse, optional
        `LinearQuadratic`, `LinearQuadraticLinear` or `UniversalSurvivalCurve`.
    repair : Repair, optional
        `CompleteRepair` or `IncompleteRepair`.
    repopulation : Tumour, optional
        `NoRepopulation` or `Repopulation`.

    Notes
    -----
    Of courses in sequence the BEDs are added: full repair between them, the same volume.
    Incomplete repair is defined for the linear-quadratic law, so it and a dose per fraction
    above a response's transition exclude each other.

    Examples
    --------
    >>> from oligotrial.radiobiology import IncompleteRepair
    >>> model = BedModel(repair=IncompleteRepair(half_time_hours=1.5, interval_hours=6))
    >>> model.bed_gy(Schedule.parse("16 Gy in 16 fr BID"), 4.0)
    20.25
    """

    response: DoseResponse = field(default_factory=LinearQuadratic)
    repair: Repair = field(default_factory=CompleteRepair)
    repopulation: Tumour = field(default_factory=NoRepopulation)

    def bed_gy(
        self,
        schedule: Schedule,
        alpha_beta: float,
        *,
        level: LevelName = "boost",
        days: float | None = None,
    ) -> float:
        """Return the biologically effective dose of a delivered course.

        Parameters
        ----------
        schedule : Schedule
            The course.
        alpha_beta : float
            The alpha/beta ratio, Gy.
        level : {"boost", "base", "maximum", "D2", "D50", "D98"}, optional
            The dose that is meant.
        days : float, optional
            Days from the first to the last fraction, where the schedule doesn't say.

        Returns
        -------
        float
            BED, Gy.

        Raises
        ------
        InputError
            If the level is a printed range or not recorded, alpha/beta isn't above 0 or not
            the response's own, or regrowth outweighs the dose.
        """
        ratio = ratio_for(self.response, alpha_beta)
        if not ratio > 0:
            raise InputError(
                f"{ratio:g} is not a number above 0; give one that is", where="alpha_beta"
            )
        killed = sum(
            dose_gy * effect.at(ratio) for dose_gy, effect in self._courses(schedule, level)
        )
        return float(self.after_regrowth(killed, schedule.overall_days if days is None else days))

    def eqd2_gy(
        self,
        schedule: Schedule,
        alpha_beta: float,
        *,
        level: LevelName = "boost",
        days: float | None = None,
    ) -> float:
        """Return the dose in 2 Gy fractions, a day each, of equal effect.

        Parameters
        ----------
        schedule : Schedule
            The course.
        alpha_beta : float
            The alpha/beta ratio, Gy.
        level : {"boost", "base", "maximum", "D2", "D50", "D98"}, optional
            The dose that is meant.
        days : float, optional
            Days from the first to the last fraction, where the schedule doesn't say.

        Returns
        -------
        float
            EQD2, Gy: BED over the relative effectiveness of 2 Gy, repaired completely and with
            no regrowth.

        Raises
        ------
        InputError
            As `bed_gy`.
        """
        bed = self.bed_gy(schedule, alpha_beta, level=level, days=days)
        ratio = ratio_for(self.response, alpha_beta)
        return float(bed / self.response.effectiveness(EQUIVALENT_FRACTION_GY).at(ratio))

    def parts(
        self, schedule: Schedule, *, level: LevelName = "boost", days: float | None = None
    ) -> BedParts:
        """Return the BED with alpha/beta left open.

        Parameters
        ----------
        schedule : Schedule
            The course.
        level : {"boost", "base", "maximum", "D2", "D50", "D98"}, optional
            The dose that is meant.
        days : float, optional
            Days from the first to the last fraction, where the schedule doesn't say.

        Returns
        -------
        BedParts
            Two numbers.

        Raises
        ------
        InputError
            If the level is a printed range or not recorded, or the response has an alpha/beta
            of its own.

        Examples
        --------
        >>> BedModel().parts(Schedule.parse("50 Gy in 5 fr"))
        BedParts(linear_gy=50.0, quadratic_gy2=500.0)
        """
        if self.response.alpha_beta is not None:
            raise InputError(
                f"a {type(self.response).__name__} has its own alpha/beta "
                f"({self.response.alpha_beta:.4g} Gy), which can't vary; fix it at that, or "
                "take LinearQuadraticLinear",
                where="response",
            )
        courses = list(self._courses(schedule, level))
        linear = sum(dose_gy * effect.constant for dose_gy, effect in courses)
        quadratic = sum(dose_gy * effect.by_ratio for dose_gy, effect in courses)
        loss = self.repopulation.loss_gy(schedule.overall_days if days is None else days)
        return BedParts(float(linear - loss), float(quadratic))

    def after_regrowth(self, bed_gy: Any, days: Any) -> Any:
        """Return the BED less what regrowth undoes.

        Parameters
        ----------
        bed_gy : float or numpy.ndarray
            BED without regrowth, Gy.
        days : float, numpy.ndarray or None
            Days from the first to the last fraction.

        Returns
        -------
        float or numpy.ndarray
            BED, Gy.

        Raises
        ------
        InputError
            If the days are needed and not known, or regrowth outweighs the dose.
        """
        left = bed_gy - self.repopulation.loss_gy(days)
        if np.any(np.asarray(left) < 0):
            worst = float(np.min(left))
            raise InputError(
                f"regrowth outweighs the dose (BED {worst:.4g} Gy); check the days, the onset and "
                "the loss a day",
                where="repopulation",
            )
        return left

    def _courses(self, schedule: Schedule, level: LevelName) -> list[tuple[float, Effectiveness]]:
        """Return each course's dose and relative effectiveness."""
        schedule.dose_gy(level)  # a range anywhere is told of the whole
        return [self._course(course, level) for course in schedule.courses]

    def _course(self, course: Schedule, level: LevelName) -> tuple[float, Effectiveness]:
        dose_gy, per_fraction = course.dose_gy(level), course.dose_per_fraction_gy(level)
        more = self.repair.increase(course.fractions, course.fractions_per_day)
        if more > 1.0 and per_fraction > self.response.transition_gy:
            raise InputError(
                f"'{course}' has {per_fraction:g} Gy a fraction, above the transition of "
                f"{self.response.transition_gy:.4g} Gy, and incomplete repair, which is defined "
                "below it only; take CompleteRepair or LinearQuadratic"
            )
        effect = self.response.effectiveness(per_fraction)
        return dose_gy, Effectiveness(effect.constant, effect.by_ratio * more)


LINEAR_QUADRATIC: Final = BedModel()
"""The linear-quadratic model, repair complete, without regrowth: what is taken unless said."""
