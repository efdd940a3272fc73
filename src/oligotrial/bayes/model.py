"""A survival model is a formula, a baseline and priors; it builds an ordinary `pm.Model`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from oligotrial.bayes.averaged import averaged
from oligotrial.bayes.baselines import Baseline, Exponential, MSpline, middle
from oligotrial.bayes.effects import Effect, ProportionalHazards
from oligotrial.bayes.episodes import check_terms, split, within_name
from oligotrial.bayes.formula import Formula
from oligotrial.bayes.modifiers import Modifier, check_combination
from oligotrial.bayes.priors import Parameter, Priors
from oligotrial.bayes.records import TIMES, follow_up
from oligotrial.bayes.terms import (
    Strata,
    Term,
    TimeVarying,
    Values,
    alternatives,
    restored_terms,
    states,
    suited_terms,
)
from oligotrial.checks import positive_integer, probability
from oligotrial.hazard import Hazard, Stepped, Stratified
from oligotrial.hazard.functions import combined

if TYPE_CHECKING:
    import pymc as pm

    from oligotrial.bayes.fit import Fit
    from oligotrial.cohort import Cohort

__all__ = ["Sampler", "SurvivalModel"]


@dataclass(frozen=True)
class Sampler:
    """How the posterior is sampled, for each draw of the cohort.

    Parameters
    ----------
    chains, tune, draws : int, optional
        Chains, warm-up iterations and kept iterations of each.
    seed : int, optional
        Seed.
    target_accept : float, optional
        Acceptance rate that the step size is tuned to.

    Examples
    --------
    >>> Sampler(chains=2).chains
    2
    """

    chains: int = 4
    tune: int = 500
    draws: int = 250
    seed: int = 1
    target_accept: float = 0.9

    def __post_init__(self) -> None:
        for name in ("chains", "tune", "draws"):
            positive_integer(getattr(self, name), f"sampler.{name}")
        positive_integer(self.seed, "sampler.seed", least=0)
        probability(self.target_accept, "sampler.target_accept")


@dataclass(frozen=True)
class SurvivalModel:
    """A Bayesian survival model: a baseline, effects of covariates, and what is outside them.

    Parameters
    ----------
    text : str
        The formula, for example
        ``Surv(time, event) ~ bed(schedule, alpha_beta=4) + monotone(line) + pooled(subtype)``.
    baseline : Baseline, optional
        The reference patient's hazard.
    priors : Priors, optional
        Priors; the defaults where none is given.
    effect : Effect, optional
        What the linear predictor does to the hazard: proportional hazards, or accelerated
        failure time.
    modifiers : tuple of Modifier, optional
        What is done outside the effects, innermost first: mixture cure, background hazard.
    states : tuple of (str, str), optional
        What terms took from patients; `suited` finds it.

    Raises
    ------
    InputError
        If the formula can't be read, or the parts don't go together.

    Examples
    --------
    >>> model = SurvivalModel("Surv(time, event) ~ monotone(line)")
    >>> [parameter.name for parameter in model.effects]
    ['line_total', 'line_steps']
    """

    text: str
    baseline: Baseline = field(default_factory=MSpline)
    priors: Priors = field(default_factory=Priors)
    effect: Effect = field(default_factory=ProportionalHazards)
    modifiers: tuple[Modifier, ...] = ()
    states: tuple[tuple[str, str], ...] | None = None

    def __post_init__(self) -> None:
        _ = self.formula
        check_combination(self.baseline, self.effect, self.modifiers)
        check_terms(self.formula, self.effect, self.modifiers)

    @cached_property
    def formula(self) -> Formula:
        """The formula, taken apart."""
        formula = Formula.parse(self.text)
        return replace(formula, terms=restored_terms(formula.terms, self.states or ()))

    @property
    def effects(self) -> tuple[Parameter, ...]:
        """The parameters of the terms."""
        terms = self.formula.terms
        found = (each for term in terms for each in term.parameters(self.priors))
        return tuple(replace(each, implies=self.effect.said(each.implies)) for each in found)

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """All parameters; the baseline has to be suited to data before."""
        outside = (each for part in self.modifiers for each in part.parameters(self.priors))
        own = self.baseline.parameters(self.priors)
        if self._strata is None:
            return (*own, *self.effects, *outside)
        inside = (_in_stratum(each, k, self._strata) for k in self._numbers for each in own)
        return (*inside, *self.effects, *outside)

    @property
    def _strata(self) -> Strata | None:
        return next(iter(self.formula.strata), None)

    @property
    def _numbers(self) -> range:
        """Numbers of the strata."""
        return range(len(self._strata.levels) if self._strata else 0)

    def suited(self, patients: pd.DataFrame) -> "SurvivalModel":
        """Return the model with what it takes from all patients: knots, levels of factors.

        Parameters
        ----------
        patients : pandas.DataFrame
            All patients, all draws of a reconstruction.

        Returns
        -------
        SurvivalModel
            A model that can be built; the model itself if it was suited before.
        """
        if self.states is not None:
            return self
        records = self._records(patients)
        baseline = self.baseline.suited(records["time"], records["event"])
        return replace(self, baseline=baseline, states=states(suited_terms(self.formula, patients)))

    def arrays(self, patients: pd.DataFrame) -> dict[str, np.ndarray]:
        """Return the data of the likelihood, patients on the last axis.

        Parameters
        ----------
        patients : pandas.DataFrame
            One draw of a cohort.

        Returns
        -------
        dict of str to numpy.ndarray
            Times, events and what baseline and terms need. Where an effect varies over time, a
            patient has a row in each of its intervals.

        Raises
        ------
        InputError
            If a column is missing or has a level or value it can't have.
        """
        records, columns = self._records(patients), self._columns(patients)
        if self.formula.varying:
            records, columns = split(records, columns, self.formula.varying)
        found = dict(records)
        for name in (each for each in TIMES if each in records):
            prefix = "" if name == "time" else f"{name}_"
            at_time = self.baseline.data(records[name])
            found |= {f"{prefix}{each}": values for each, values in at_time.items()}
        return found | columns

    @property
    def constants(self) -> dict[str, np.ndarray]:
        """Numbers of the baseline and the terms that no patient has, such as knots."""
        found = dict(self.baseline.constants())
        for term in self.formula.terms:
            found |= term.constants()
        return found

    def covariates(self, profiles: pd.DataFrame) -> dict[str, np.ndarray]:
        """Return what terms and modifiers need of covariate rows, and their constants.

        Parameters
        ----------
        profiles : pandas.DataFrame
            Patients or profiles; follow-up isn't needed.

        Returns
        -------
        dict of str to numpy.ndarray
            Arrays, rows on the last axis.

        Raises
        ------
        InputError
            If a column is missing or has a level or value it can't have.
        """
        return self._columns(profiles) | self.constants

    def log_ratio(self, parameters: Values, data: Values) -> Any:
        """Return the linear predictor: the log ratio against the reference patient.

        Parameters
        ----------
        parameters : mapping
            Symbols, or draws of shape (sample, 1).
        data : mapping
            What `covariates` returns, or symbols of it.

        Returns
        -------
        array
            Shape (patients,) of symbols, (sample, profiles) of draws.
        """
        total: Any = 0.0
        for term in self.formula.proportional:
            total = total + term.log_ratio(parameters, data)
        return total

    def hazard(self, parameters: Values, covariates: Values, *, at: Values | None = None) -> Hazard:
        """Return each patient's hazard.

        Parameters
        ----------
        parameters : mapping
            Symbols, or draws of shape (sample, 1).
        covariates : mapping
            What `covariates` returns, or symbols of it.
        at : mapping, optional
            Symbols of what the baseline needs at the times at which it will be asked; nothing in
            a prediction, where it may be asked at any.

        Returns
        -------
        Hazard
            Baseline, effects and modifiers, the innermost first.
        """
        baseline = self._baseline(parameters, covariates, lambda own: self.baseline.hazard(own, at))
        options = alternatives(self.formula.proportional, parameters, covariates)
        if len(options) > 1:  # levels are missing
            each = [(share, self.effect.apply(baseline, ratio)) for share, ratio in options]
            return self._modified(averaged(each), parameters, covariates)
        ((_, log_ratio),) = options
        if at is None:
            return self._around(baseline, log_ratio, parameters, covariates)
        for term in self.formula.varying:
            within = _within(term, parameters, covariates)
            log_ratio = log_ratio + combined(within, covariates[within_name(term)])
        return self._modified(self.effect.apply(baseline, log_ratio), parameters, covariates)

    def central_hazard(self, parameters: Values, covariates: Values) -> Hazard:
        """Return one hazard in the middle of draws.

        Parameters
        ----------
        parameters : mapping
            Draws of shape (sample, 1).
        covariates : mapping
            What `covariates` returns.

        Returns
        -------
        Hazard
            Baseline and modifiers with their parameters in the middle of the draws, log hazard
            ratios at their means.
        """
        baseline = self._baseline(parameters, covariates, self.baseline.centre)
        log_ratio = _mean(self.log_ratio(parameters, covariates))
        outside = [each for part in self.modifiers for each in part.parameters(self.priors)]
        centre = {each.name: middle(parameters[each.name], each.prior.support) for each in outside}
        return self._around(baseline, log_ratio, parameters, covariates, centre=centre)

    def _baseline(
        self, parameters: Values, covariates: Values, make: Callable[[Values], Hazard]
    ) -> Hazard:
        if self._strata is None:
            return make(parameters)
        own = self.baseline.parameters(self.priors)
        each = [
            make({one.name: parameters[f"{one.name}_{k}"] for one in own}) for k in self._numbers
        ]
        return Stratified(each, list(covariates[f"{self._strata.name}_stratum"]))

    def _around(
        self,
        baseline: Hazard,
        log_ratio: Any,
        parameters: Values,
        covariates: Values,
        *,
        centre: Values | None = None,
    ) -> Hazard:
        """Return the hazard of a prediction from the baseline and constant effects."""
        found = self.effect.apply(baseline, log_ratio)
        for term in self.formula.varying:
            within = _within(term, parameters, covariates)
            found = Stepped(found, term.cuts_months, within if centre is None else _means(within))
        return self._modified(found, parameters if centre is None else centre, covariates)

    def _modified(self, hazard: Hazard, parameters: Values, covariates: Values) -> Hazard:
        for each in self.modifiers:
            hazard = each.apply(hazard, parameters, covariates)
        return hazard

    def build(self, patients: pd.DataFrame) -> "pm.Model":
        """Build the PyMC model, which can be opened and extended.

        Parameters
        ----------
        patients : pandas.DataFrame
            One draw of a cohort. Its arrays enter as `pm.Data` of free length: the model's
            structure, and so its compiled code, doesn't depend on them. A baseline that isn't
            suited to data yet is suited to these.

        Returns
        -------
        pymc.Model
            A model with one pointwise likelihood.
        """
        from oligotrial.bayes.build import build

        return build(self.suited(patients), patients)

    def fit(
        self,
        cohort: "Cohort",
        *,
        settings: Sampler | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> "Fit":
        """Sample the posterior over all draws of a cohort.

        Parameters
        ----------
        cohort : Cohort
            Patients. Each draw of a reconstruction is fitted, and the posterior is the
            equal-weight mixture: the draws' spread is carried, not averaged away.
        settings : Sampler, optional
            Chains, iterations, seed.
        progress : callable, optional
            Called with cohort draws fitted and cohort draws in all.

        Returns
        -------
        Fit
            The posterior and what predicts from it.

        Raises
        ------
        InputError
            If the formula doesn't fit the cohort.
        """
        from oligotrial.bayes.sample import compiled

        if progress:
            progress(0, cohort.draws)
        return compiled(self, cohort).sample(cohort, settings or Sampler(), progress=progress)

    def _columns(self, rows: pd.DataFrame) -> dict[str, np.ndarray]:
        parts: tuple[Term | Modifier, ...] = (*self.formula.terms, *self.modifiers)
        return {name: values for part in parts for name, values in part.data(rows).items()}

    def _records(self, patients: pd.DataFrame) -> dict[str, np.ndarray]:
        bound = isinstance(self.baseline, Exponential) and not self.formula.terms
        return follow_up(
            patients, time=self.formula.time, event=self.formula.event, without_events=bound
        )


def _within(term: TimeVarying, parameters: Values, covariates: Values) -> list[Any]:
    """Return what a varying effect adds to the log hazard in each of its intervals."""
    intervals = range(len(term.cuts_months) + 1)
    return [term.log_ratio_in(each, parameters, covariates) for each in intervals]


def _in_stratum(parameter: Parameter, number: int, strata: Strata) -> Parameter:
    implies = f"{strata.column} {strata.levels[number]}: {parameter.implies}"
    return replace(parameter, name=f"{parameter.name}_{number}", implies=implies)


def _mean(draws: Any) -> Any:
    return np.mean(draws, axis=0, keepdims=True) if np.ndim(draws) else draws


def _means(draws: Sequence[Any]) -> list[Any]:
    return [_mean(each) for each in draws]
