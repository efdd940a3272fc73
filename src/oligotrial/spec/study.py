"""A checked trial specification, and the objects that follow from it."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from os.path import normpath
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import norm

from oligotrial import evidence
from oligotrial.checks import InputError
from oligotrial.evidence import Statistic
from oligotrial.protocol import BeliefSpec, CentresSpec, PosteriorAnalysisSpec, statistic
from oligotrial.protocol.posterior import external_patients
from oligotrial.protocol.words import decision_words
from oligotrial.simulate import EffectPrior, Target
from oligotrial.spec.designs import make_design
from oligotrial.spec.trial import TrialSpec
from oligotrial.trial import Design, Recruitment
from oligotrial.trial.decide import Analysis

__all__ = ["Study"]


@dataclass(frozen=True)
class Study:
    """A checked trial specification and what follows from it.

    Parameters
    ----------
    path : pathlib.Path
        The `trial.toml`.
    spec : TrialSpec
        Its content.
    strata : pandas.DataFrame, optional
        The population's strata, once they are known; see `placed`.
    """

    path: Path
    spec: TrialSpec
    strata: pd.DataFrame | None = field(default=None, compare=False, repr=False)

    @property
    def name(self) -> str:
        """Name of the study: of its folder."""
        return self.path.resolve().parent.name

    @property
    def model_path(self) -> Path:
        """The model's TOML file."""
        path = Path(normpath(self.path.parent / self.spec.model))
        return path / "model.toml" if path.is_dir() else path

    @cached_property
    def centre_rate(self) -> float:
        """Patients a month at one centre who may enter; of accrual by centres."""
        return self._observed / self._value("accrual.months")

    @cached_property
    def _observed(self) -> float:
        """Patients whom a centre's rate was observed on: those who may enter."""
        patients = self._value("accrual.patients")
        given = getattr(self.spec.accrual, "patients", None)
        if not isinstance(given, str):
            return patients
        source = evidence.load(given.partition(":")[0])
        lines = source.count("line")
        for line in self.spec.population.lines:
            if line not in lines:
                raise InputError(
                    f"line '{line}' is not one of {', '.join(map(repr, lines))}",
                    where=self.where("population.lines"),
                )
        share = sum(lines[line] for line in self.spec.population.lines) / sum(lines.values())
        if share == 0:
            raise InputError(
                f"'{source.id}' has nobody in these lines, so that nobody is accrued",
                where=self.where("population.lines"),
            )
        return patients * share

    def accrual(self, centres: int | None = None) -> Recruitment:
        """Return the accrual, of another number of centres where one is given.

        Parameters
        ----------
        centres : int, optional
            How many; as stated when left out. Not with accrual by periods.

        Returns
        -------
        Recruitment
            The accrual.
        """
        accrual = self.spec.accrual
        if not isinstance(accrual, CentresSpec):
            return accrual.recruitment
        count = accrual.centres if centres is None else centres
        return accrual.recruitment(self.centre_rate, self._observed, centres=count)

    @cached_property
    def designs(self) -> tuple[Design, ...]:
        """One design for each size to try."""
        accrual, final = self.accrual(), self.analysis
        designs = []
        for patients in self.spec.design.patients:
            try:
                designs.append(make_design(self.spec, patients, accrual=accrual, final=final))
            except InputError as error:
                raise self._told(error) from None
        return tuple(designs)

    @cached_property
    def analysis(self) -> Analysis:
        """What is computed at the end; external controls are in the strata that `placed` says."""
        spec = self.spec.analysis
        if not isinstance(spec, PosteriorAnalysisSpec) or spec.posterior.borrowing is None:
            return spec.analysis
        strata = self.strata if spec.stratified else None
        try:
            patients = external_patients(spec.posterior.borrowing, self.path.parent, strata)
        except InputError as error:
            key = "analysis.posterior.borrowing.file"
            raise error.within(self.where(key)) from None
        return spec.borrowing_from(spec.posterior.borrowing.of(patients))

    def placed(self, strata: pd.DataFrame) -> "Study":
        """Return the study with the strata of its population, which external controls are put into.

        Parameters
        ----------
        strata : pandas.DataFrame
            A row a stratum, in the simulation's order, with a column for each factor.

        Returns
        -------
        Study
            A new study; this one is unchanged.
        """
        return replace(self, strata=strata[list(self.spec.population.strata)])

    @property
    def files(self) -> tuple[Path, ...]:
        """Files besides this one that the trial's assumptions are read from."""
        spec = self.spec.analysis
        if not isinstance(spec, PosteriorAnalysisSpec) or spec.posterior.borrowing is None:
            return ()
        return (self.path.parent / spec.posterior.borrowing.file,)

    @property
    def analysis_words(self) -> str:
        """What decides the trial, in words that a protocol could carry."""
        return decision_words(self.spec.analysis, self.spec.design)

    def _told(self, error: InputError) -> InputError:
        """Return a mistake of a design as one of this file's keys."""
        place = error.where or "patients"
        problem = error.problem
        if place == "events":
            problem = f"of the events that follow from it, {problem}"
        return InputError(problem, where=self.where(self._key(place)))

    def _key(self, place: str) -> str:
        """Return the key that says what a design calls by a name of its own."""
        design = self.spec.design
        rules = ("looks", "monitoring", "screening")
        ruled = next((name for name in rules if getattr(design, name) is not None), None)
        timed = ruled if ruled in ("looks", "monitoring") else None
        keys = {
            "events": "design.events_per_patient",
            "analysis": f"design.{timed}.when" if timed else "design.when",
            "test": f"design.{ruled}" if ruled else "analysis",
            "dropout_per_month": "dropout.per_year",
            "imaging": "imaging",
            "accrual": "accrual",
        }
        return keys.get(place, f"design.{place}")

    @cached_property
    def control_shift(self) -> tuple[float, float]:
        """Mean and standard deviation of the log hazard ratio, control arm against cohort."""
        furthest = np.log(
            self._value("control.cohort_median") / self._value("control.control_median")
        )
        z = norm.ppf(0.5 + self.spec.control.level / 2)
        return float(furthest / 2), float(abs(furthest) / (2 * z))

    @cached_property
    def effect_prior(self) -> EffectPrior:
        """The mixture prior of the treatment's log hazard ratio."""
        parts = self.spec.effect.prior
        weights = np.array([part.weight for part in parts])
        means, sds = np.transpose([part.moments for part in parts])
        names = tuple(part.name for part in parts)
        return EffectPrior(names, weights / weights.sum(), means, sds)

    @property
    def target(self) -> Target:
        """What the trial has to reach."""
        return Target(self.spec.target.scenario, self.spec.target.value)

    @property
    def sources(self) -> set[str]:
        """Names of the evidence that the trial's assumptions refer to."""
        spec = self.spec
        control = spec.control
        given: list[object] = (
            [spec.accrual.patients, spec.accrual.months]
            if (isinstance(spec.accrual, CentresSpec))
            else []
        )
        given += [control.cohort_median, control.control_median, *control.compare.values()]
        references = [each for each in given if isinstance(each, str)]
        printed = [getattr(part, "evidence", None) for part in (*spec.effect.prior, *self._priors)]
        references += [reference for reference in printed if reference]
        return {reference.partition(":")[0] for reference in references}

    @property
    def _priors(self) -> list[BeliefSpec]:
        """Components of the priors that decide or monitor the trial."""
        parts: list[BeliefSpec] = []
        for spec in (getattr(self.spec.analysis, "posterior", None), self.spec.design.monitoring):
            parts += (spec.prior if spec is not None else None) or ()
        return parts

    @cached_property
    def compared(self) -> dict[str, Statistic]:
        """Published medians to show beside the implied ones, by what they are called."""
        return {
            name: statistic(reference, self.where(f"control.compare.{name}"))
            for name, reference in self.spec.control.compare.items()
        }

    def quick(self) -> "Study":
        """Return a try-out with a tenth of the trials, at every third size.

        Returns
        -------
        Study
            A new study; this one is unchanged.
        """
        spec = self.spec
        sizes = spec.design.patients
        fewer = {*sizes[::3], sizes[-1]}
        design = spec.design.model_copy(update={"patients": tuple(sorted(fewer))})
        trials = spec.simulation.model_copy(
            update={"replicates": max(spec.simulation.replicates // 10, 100)}
        )
        update = {"design": design, "simulation": trials}
        return replace(self, spec=spec.model_copy(update=update))

    def where(self, key: str) -> str:
        """Name a key of this study's file in a message."""
        return f"{self.path}, key {key}"

    def _value(self, key: str) -> float:
        part, name = key.split(".")
        given: str | float = getattr(getattr(self.spec, part), name)
        if not isinstance(given, str):
            return given
        printed = statistic(given, self.where(key))
        if not printed.value or printed.value <= 0:
            raise InputError(f"'{printed.key}' is not a positive number", where=self.where(key))
        return printed.value
