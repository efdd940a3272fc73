"""What a source says of two of a patient's variables together, as data of its file."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from oligotrial.checks import InputError, suggestion

__all__ = ["Order", "OrderRecord", "Restriction", "RestrictionRecord", "check_joint"]

type _Text = Annotated[str, Field(min_length=1, strict=True)]


@dataclass(frozen=True)
class Order:
    """Measured variables of which each is at least as large as the next, in every patient.

    Parameters
    ----------
    variables : tuple of str
        Names, as in the key "NAME.median".
    place : str
        Where the source says so, or why it has to be so.
    """

    variables: tuple[str, ...]
    place: str


@dataclass(frozen=True)
class Restriction:
    """A level that only patients with some levels of another variable can have.

    Parameters
    ----------
    variable, level : str
        What is restricted.
    within_variable : str
        The other variable.
    within : tuple of str
        Its levels.
    place : str
        Where the source says so, or why it has to be so.
    """

    variable: str
    level: str
    within_variable: str
    within: tuple[str, ...]
    place: str


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OrderRecord(_Record):
    """An `Order`."""

    variables: Annotated[tuple[_Text, ...], Field(min_length=2)]
    place: _Text

    def build(self) -> Order:
        """Return what it says."""
        return Order(self.variables, self.place)


class RestrictionRecord(_Record):
    """A `Restriction`."""

    variable: _Text
    level: _Text
    within: tuple[_Text, Annotated[tuple[_Text, ...], Field(min_length=1)]]
    place: _Text

    def build(self) -> Restriction:
        """Return what it says."""
        return Restriction(self.variable, self.level, *self.within, self.place)


def check_joint(
    orders: Sequence[OrderRecord],
    restrictions: Sequence[RestrictionRecord],
    keys: Iterable[str],
    levels: Iterable[tuple[str, str]],
) -> None:
    """Refuse orders and restrictions of variables or levels that aren't there.

    Parameters
    ----------
    orders : sequence of OrderRecord
        Of measured variables.
    restrictions : sequence of RestrictionRecord
        Of counted ones.
    keys : iterable of str
        Keys of the statistics.
    levels : iterable of (str, str)
        Variables and levels that are counted.

    Raises
    ------
    InputError
        Naming the first that isn't there.
    """
    measured = {key.removesuffix(".median") for key in keys if key.endswith(".median")}
    for order in orders:
        for name in order.variables:
            if name not in measured or order.variables.count(name) > 1:
                raise InputError(
                    f"the order of {', '.join(order.variables)} names '{name}'"
                    f"{suggestion(name, measured)}; name variables whose NAME.median is printed, "
                    "each once"
                )
    counted: dict[str, list[str]] = {}
    for variable, level in levels:
        counted.setdefault(variable, []).append(level)
    for each in restrictions:
        _check_restriction(each, counted)


def _check_restriction(each: RestrictionRecord, counted: dict[str, list[str]]) -> None:
    what, (other, within) = f"the restriction of {each.variable}={each.level}", each.within
    if each.variable == other:
        raise InputError(f"{what} is within the same variable; name another one")
    for name, wanted in ((each.variable, (each.level,)), (other, within)):
        if name not in counted:
            raise InputError(
                f"{what} names '{name}', which isn't counted{suggestion(name, counted)}; give a "
                "variable of counts"
            )
        for level in wanted:
            if level not in counted[name]:
                raise InputError(
                    f"{what} names '{level}', which is no level of "
                    f"'{name}'{suggestion(level, counted[name])}"
                )
