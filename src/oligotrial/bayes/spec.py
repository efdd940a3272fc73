"""A model as a TOML file: read, checked, and turned into survival models."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from oligotrial import evidence, toml
from oligotrial.bayes.baselines import Baseline, MSpline, Weibull
from oligotrial.bayes.model import Sampler, SurvivalModel
from oligotrial.bayes.priors import DEFAULTS, Priors
from oligotrial.checks import InputError, known_keys

__all__ = ["Analysis", "CohortSpec", "read_analysis"]

type Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
type Whole = Annotated[int, Field(ge=1)]
type Unit = Literal["days", "weeks", "months", "years"]
type Kind = Literal["m-spline", "weibull"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CohortSpec(_Part):
    """The patients: a file of rows, or evidence to reconstruct them from.

    `columns`, `levels`, `unit` and `endpoint` say how a file is read, as `oligotrial.cohort.read`
    and `Cohort.at` take them.
    """

    file: str | None = None
    columns: dict[str, str] = {}
    levels: dict[str, tuple[str, ...] | dict[str, str]] = {}
    unit: Unit = "months"
    endpoint: str | None = None
    evidence: str | None = None
    draws: Whole = 10
    seed: Annotated[int, Field(ge=0)] = 1

    @model_validator(mode="after")
    def _one_source(self) -> "CohortSpec":
        if (self.file is None) == (self.evidence is None):
            raise ValueError("give either file (patient rows) or evidence (printed numbers)")
        if self.file is None and {"columns", "levels", "unit", "endpoint"} & self.model_fields_set:
            raise ValueError("columns, levels, unit and endpoint are about a file; take them out")
        return self


class BaselineSpec(_Part):
    """The baseline that drives the simulation, and others fitted for comparison."""

    kind: Kind = "m-spline"
    also: tuple[Kind, ...] = ()
    knots: Whole = 3


class SamplerSpec(_Part):
    """Chains and iterations for each draw of the cohort."""

    chains: Annotated[int, Field(ge=2)] = 4
    tune: Whole = 500
    draws: Whole = 500
    seed: Annotated[int, Field(ge=0)] = 1
    target_accept: Annotated[float, Field(gt=0.5, lt=1)] = 0.9


class AnalysisSpec(_Part):
    """The content of a `model.toml`."""

    title: str
    formula: str
    cohort: CohortSpec
    baseline: BaselineSpec = BaselineSpec()
    priors: dict[str, dict[str, float]] = {}
    sampler: SamplerSpec = SamplerSpec()


@dataclass(frozen=True)
class Analysis:
    """A checked model specification.

    Parameters
    ----------
    path : pathlib.Path
        The `model.toml`.
    title : str
        What the analysis is.
    cohort : CohortSpec
        The patients.
    models : dict of str to SurvivalModel
        By baseline, the main one first.
    sampler : Sampler
        How they are sampled.
    """

    path: Path
    title: str
    cohort: CohortSpec
    models: dict[str, SurvivalModel]
    sampler: Sampler

    @property
    def cohort_file(self) -> Path | None:
        """The file of patient rows, if that is where they come from."""
        return self.path.parent / self.cohort.file if self.cohort.file else None

    def quick(self) -> "Analysis":
        """Return a try-out: three cohort draws at most, a few hundred iterations.

        Returns
        -------
        Analysis
            A new analysis; this one is unchanged.
        """
        fewer = self.cohort.model_copy(update={"draws": min(self.cohort.draws, 3)})
        return replace(self, cohort=fewer, sampler=replace(self.sampler, tune=300, draws=250))


def read_analysis(path: Path) -> Analysis:
    """Read a model and check all that can be checked before anything runs.

    Parameters
    ----------
    path : pathlib.Path
        A model's folder, or its `model.toml`.

    Returns
    -------
    Analysis
        The analysis.

    Raises
    ------
    InputError
        If the file is missing, or a key is unknown, missing or out of its range.
    """
    file = path / "model.toml" if path.is_dir() else path
    spec = toml.read(file, AnalysisSpec)
    kinds = dict.fromkeys((spec.baseline.kind, *spec.baseline.also))
    try:
        given = _priors(spec)
        models: dict[str, SurvivalModel] = {
            kind: SurvivalModel(spec.formula, _baseline(kind, spec.baseline), given)
            for kind in kinds
        }
    except InputError as error:
        raise error.within(str(file)) from None
    analysis = Analysis(file, spec.title, spec.cohort, models, Sampler(**dict(spec.sampler)))
    if analysis.cohort_file is not None and not analysis.cohort_file.is_file():
        raise InputError(
            f"there is no file '{analysis.cohort_file}'; give a path from this file's folder",
            where=f"{file}, key cohort.file",
        )
    if spec.cohort.evidence is not None:
        try:
            evidence.load(spec.cohort.evidence)
        except InputError as error:
            raise error.within(f"{file}, key cohort.evidence") from None
    return analysis


def _baseline(kind: str, spec: BaselineSpec) -> Baseline:
    made: dict[str, Baseline] = {"m-spline": MSpline(spec.knots), "weibull": Weibull()}
    return made[kind]


def _priors(spec: AnalysisSpec) -> Priors:
    known_keys(spec.priors, list(DEFAULTS), "key priors")
    given = []
    for name, numbers in spec.priors.items():
        default = DEFAULTS[name]
        fields = list(vars(default))
        known_keys(numbers, fields, f"key priors.{name}")
        try:
            given.append((name, replace(default, **numbers)))
        except InputError as error:
            raise InputError(error.problem, where=f"key priors.{name}.{error.where}") from None
    return Priors(tuple(given))
