"""A model as a TOML file: read, checked, and turned into survival models."""

from collections.abc import Collection
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    model_validator,
)

from oligotrial import evidence, toml
from oligotrial.bayes.baselines import BASELINES, Baseline
from oligotrial.bayes.effects import EFFECTS
from oligotrial.bayes.model import Sampler, SurvivalModel
from oligotrial.bayes.modifiers import Background, Cure, Modifier
from oligotrial.bayes.prior_spec import priors_from
from oligotrial.checks import InputError, one_of

__all__ = ["Analysis", "CohortSpec", "read_analysis"]

type Whole = Annotated[int, Field(ge=1)]
type Unit = Literal["days", "weeks", "months", "years"]
type Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


def _one_of(allowed: Collection[str]) -> AfterValidator:
    def check(value: str) -> str:
        try:
            return one_of(value, allowed, "")
        except InputError as error:
            raise ValueError(error.problem) from None

    return AfterValidator(check)


type Kind = Annotated[str, _one_of(BASELINES)]


def _knots(value: object) -> int | tuple[float, ...]:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
        return value
    if isinstance(value, list | tuple) and all(isinstance(each, int | float) for each in value):
        return tuple(map(float, value))
    raise ValueError(
        f"{value!r} won't do: give the number of inner knots, at least 1, or their places in "
        "months as a list"
    )


type Knots = Annotated[int | tuple[float, ...], PlainValidator(_knots)]
type EffectName = Annotated[str, _one_of(EFFECTS)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CohortSpec(_Part):
    """The patients: a file of rows, or evidence to reconstruct them from.

    `columns`, `levels` and `unit` say how a file is read, as `oligotrial.cohort.read` takes them;
    `endpoint` which of several is fitted, as `Cohort.at` takes it.
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
        if self.file is None and {"columns", "levels", "unit"} & self.model_fields_set:
            raise ValueError("columns, levels and unit are about a file; take them out")
        return self


class BaselineSpec(_Part):
    """The baseline that drives the simulation, and others fitted for comparison.

    `knots` (of an M-spline) is how many inner knots there are, or where they are, in months;
    `last` is its last knot, from which on the hazard is constant. `pieces` (of a piecewise
    exponential) is how many there are, `cuts` where they are cut, in months.
    """

    kind: Kind = "m-spline"
    also: tuple[Kind, ...] = ()
    knots: Knots | None = None
    last: Positive | None = None
    pieces: Annotated[int, Field(ge=2)] | None = None
    cuts: Annotated[tuple[Positive, ...], Field(min_length=1)] | None = None


class CureSpec(_Part):
    """A share of patients never has the event; its prior is `priors.cured`."""


class BackgroundSpec(_Part):
    """A column has the hazard that people of a patient's age and sex have, per month."""

    column: str = "background_rate"


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
    effect: EffectName = "proportional-hazards"
    cure: CureSpec | None = None
    background: BackgroundSpec | None = None
    priors: dict[str, dict[str, Any]] = {}
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
    try:
        models = _models(spec)
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


def _models(spec: AnalysisSpec) -> dict[str, SurvivalModel]:
    """Return the model of each baseline, the main one first."""
    kinds = dict.fromkeys((spec.baseline.kind, *spec.baseline.also))
    _used(spec.baseline, kinds)
    given, effect, modifiers = priors_from(spec.priors), EFFECTS[spec.effect](), _modifiers(spec)
    return {
        kind: SurvivalModel(
            spec.formula,
            _baseline(kind, spec.baseline),
            given,
            effect=effect,
            modifiers=modifiers,
        )
        for kind in kinds
    }


def _settings(spec: BaselineSpec) -> dict[str, Any]:
    """Return what is set of baselines, by the names of their fields."""
    found = {name: getattr(spec, name) for name in spec.model_fields_set - {"kind", "also"}}
    if isinstance(found.get("knots"), tuple):
        found["inner"] = found.pop("knots")
    return found


def _baseline(kind: str, spec: BaselineSpec) -> Baseline:
    found = {name: each for name, each in _settings(spec).items() if name in _names(kind)}
    return BASELINES[kind](**found)


def _used(spec: BaselineSpec, kinds: Collection[str]) -> None:
    """Raise `InputError` for a setting that none of the baselines has."""
    names = {name for kind in kinds for name in _names(kind)}
    for name in _settings(spec):
        if name not in names:
            key = "knots" if name == "inner" else name
            has = [kind for kind in BASELINES if name in _names(kind)]
            raise InputError(
                f"this has no meaning for the baseline {' and '.join(kinds)}, only for "
                f"{' and '.join(has)}; take it out",
                where=f"key baseline.{key}",
            )


def _names(kind: str) -> set[str]:
    return {each.name for each in fields(BASELINES[kind])}


def _modifiers(spec: AnalysisSpec) -> tuple[Modifier, ...]:
    cure = (Cure(),) if spec.cure is not None else ()
    background = () if spec.background is None else (Background(spec.background.column),)
    return (*cure, *background)
