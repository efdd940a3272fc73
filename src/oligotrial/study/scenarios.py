"""From a fitted cohort and a trial's assumptions to the truths that are simulated."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from oligotrial.checks import InputError, suggestion
from oligotrial.cohort.validate import complete
from oligotrial.hazard import Hazard, Proportional
from oligotrial.protocol import experimental_hazard
from oligotrial.simulate import Scenario
from oligotrial.spec import Study

if TYPE_CHECKING:
    from oligotrial.bayes import Fit
    from oligotrial.cohort import Cohort

__all__ = ["Truths", "population"]


def population(cohort: "Cohort", study: Study) -> pd.DataFrame:
    """Return the trial's strata with their shares, as the cohort has them.

    Parameters
    ----------
    cohort : Cohort
        Patients; all draws of a reconstruction count alike.
    study : Study
        Which lines may enter, and what stratifies.

    Returns
    -------
    pandas.DataFrame
        One row a stratum: its factors, the schedule at which the posterior is read, and
        `share`, which sums to 1: the cohort's own, where strata that nobody is in are left out, or
        as the file states it.

    Raises
    ------
    InputError
        If a factor is no column of the cohort or has no value in a row, no patient may enter, a
        stated stratum is none of the cohort's, or a subgroup of the effect none of the strata.
    """
    spec = study.spec.population
    patients = cohort.patients
    complete(patients, "line", where=study.where("population.lines"))
    for factor in spec.strata:
        complete(patients, factor, where=study.where("population.strata"))
    eligible = patients[patients["line"].isin(spec.lines)]
    if eligible.empty:
        raise InputError(
            f"no patient of the cohort is in line {' or '.join(spec.lines)}",
            where=study.where("population.lines"),
        )
    strata = _stated(study) if spec.mix else _seen(eligible, spec.strata)
    _check_levels(patients, strata, study)
    _check_subgroups(strata, study)
    return strata.assign(schedule=spec.schedule)


def _seen(eligible: pd.DataFrame, factors: tuple[str, ...]) -> pd.DataFrame:
    """Return the strata as a cohort's patients have them."""
    counts = eligible.groupby(list(factors), observed=True).size().rename("share")
    strata = (counts / counts.sum()).reset_index()
    return strata.astype(dict.fromkeys(factors, str))


def _stated(study: Study) -> pd.DataFrame:
    """Return the strata as the file states them."""
    spec = study.spec.population
    strata = pd.DataFrame([{**stratum.where, "share": stratum.share} for stratum in spec.mix])
    strata["share"] /= strata["share"].sum()
    return strata[[*spec.strata, "share"]]


def _check_levels(patients: pd.DataFrame, strata: pd.DataFrame, study: Study) -> None:
    """Refuse a stratum that the cohort has never seen, or a line that may not enter."""
    for number, row in enumerate(strata.itertuples(index=False), start=1):
        for factor in study.spec.population.strata:
            level, seen = getattr(row, factor), sorted(set(patients[factor].astype(str)))
            if level not in seen:
                raise InputError(
                    f"no patient of the cohort has {factor} '{level}'{suggestion(level, seen)}; "
                    f"there are {', '.join(seen)}",
                    where=study.where(f"population.mix[{number}].where.{factor}"),
                )
        if "line" in strata and row.line not in study.spec.population.lines:
            raise InputError(
                f"line '{row.line}' may not enter; add it to population.lines or take it out",
                where=study.where(f"population.mix[{number}].where.line"),
            )


def _check_subgroups(strata: pd.DataFrame, study: Study) -> None:
    """Refuse a subgroup of the effect that no patient of the trial is in."""
    for number, subgroup in enumerate(study.spec.effect.subgroups, start=1):
        if not subgroup.members(strata).any():
            told = " and ".join(f"{factor} '{level}'" for factor, level in subgroup.where.items())
            factor = next(iter(subgroup.where))
            levels = ", ".join(sorted(set(strata[factor])))
            raise InputError(
                f"no stratum of the trial has {told}; of {factor} there are {levels}",
                where=study.where(f"effect.subgroups[{number}].where"),
            )


@dataclass(frozen=True)
class Truths:
    """Makes scenarios for one study and one fit.

    Parameters
    ----------
    study : Study
        The trial's assumptions.
    fit : Fit
        The cohort's posterior.
    strata : pandas.DataFrame
        What `population` returns.
    dose_response : float, optional
        How much of the posterior's dose effect is carried into the treatment effect when the
        trial's schedule differs from the one the posterior is read at; a sensitivity analysis.
    """

    study: Study
    fit: "Fit" = field(repr=False)
    strata: pd.DataFrame = field(repr=False)
    dose_response: float = 0.0

    def fixed(
        self, hazard_ratio: float, *, shift: float | None = None, name: str = "power"
    ) -> Scenario:
        """Return one truth: parameters at the posterior's centre, and a given hazard ratio.

        Parameters
        ----------
        hazard_ratio : float
            Radiotherapy against control arm.
        shift : float, optional
            Log hazard ratio of the control arm against the cohort; its prior's mean when
            left out.
        name : str, optional
            The scenario's name.

        Returns
        -------
        Scenario
            A scenario of one draw.
        """
        moved = self.study.control_shift[0] if shift is None else shift
        effect = np.array([[np.log(hazard_ratio)]]) + self._dose(point=True)
        return self._scenario(name, self._point, np.array([[moved]]), effect)

    def drawn(self, *, component: int | None = None, name: str = "assurance") -> Scenario:
        """Return the truths of an assurance: posterior, control shift and effect are drawn.

        Parameters
        ----------
        component : int, optional
            The only component of the effect prior to use; the mixture when left out.
        name : str, optional
            The scenario's name.

        Returns
        -------
        Scenario
            A scenario with as many draws as the posterior has.
        """
        samples = self.fit.samples
        rng = np.random.default_rng([self.study.spec.simulation.seed, 1])
        shift = rng.normal(*self.study.control_shift, size=(samples, 1))
        prior = self.study.effect_prior
        drawn = (prior if component is None else prior.only(component)).draw(samples, rng)
        effect = drawn[:, None] + self._dose(point=False)
        return self._scenario(name, self._posterior, shift, effect)

    def with_dose_response(self, share: float) -> "Truths":
        """Return the same with another share of the dose effect carried over."""
        return replace(self, dose_response=share)

    @cached_property
    def _point(self) -> Hazard:
        return self.fit.point_hazard(self.strata)

    @cached_property
    def _posterior(self) -> Hazard:
        return self.fit.hazard(self.strata)

    def _scenario(
        self, name: str, cohort: Hazard, shift: np.ndarray, effect: np.ndarray
    ) -> Scenario:
        control = Proportional(cohort, shift)
        spec = self.study.spec.effect
        effect = effect + spec.log_ratios(self.strata)
        return Scenario(
            name,
            tuple(self.strata[list(self.study.spec.population.strata)].agg(", ".join, axis=1)),
            self.strata["share"].to_numpy(),
            control,
            experimental_hazard(spec.shape, control, effect),
        )

    def _dose(self, *, point: bool) -> np.ndarray:
        if self.dose_response == 0.0:
            return np.zeros((1, 1))
        read = self.fit.point_log_hazard_ratios if point else self.fit.log_hazard_ratios
        planned = self.strata.assign(schedule=self.study.spec.effect.schedule)
        return np.asarray(self.dose_response * (read(planned) - read(self.strata)))
