"""A table of a `trial.toml`, and the kinds of numbers that stand in one."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

__all__ = [
    "Different",
    "NonNegative",
    "Part",
    "Positive",
    "Probability",
    "Rate",
    "Share",
    "Whole",
    "different",
    "usually",
]

type Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
type NonNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
type Probability = Annotated[float, Field(gt=0, lt=1)]
type Share = Annotated[float, Field(gt=0, le=1)]
type Rate = Annotated[float, Field(ge=0, lt=1)]
type Whole = Annotated[int, Field(ge=1)]
type Different[Values: Sequence[object]] = Annotated[Values, AfterValidator(different)]


class Part(BaseModel):
    """A table of a specification: unknown keys are refused, and it doesn't change.

    The text below a key is what `docs/trial_toml.md` says of it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


def different[Values: Sequence[object]](values: Values) -> Values:
    """Return values that are all different, or raise naming one that is there twice."""
    for value in values:
        if values.count(value) > 1:
            raise ValueError(f"{value!r} is there twice; write each once")
    return values


def usually(key: str, value: str) -> BeforeValidator:
    """Return what puts a table's kind into it where the file leaves it out."""

    def filled(given: Any) -> Any:
        return {key: value, **given} if isinstance(given, dict) and key not in given else given

    return BeforeValidator(filled)
