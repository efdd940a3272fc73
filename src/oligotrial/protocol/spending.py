"""How errors are spent over the looks of a group-sequential design."""

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from oligotrial.protocol.part import Part, Probability, Share
from oligotrial.trial import (
    BetaSpending,
    FixedFutility,
    Futility,
    HaybittlePeto,
    HwangShihDeCani,
    KimDeMets,
    LanDeMetsOBrienFleming,
    LanDeMetsPocock,
    OBrienFleming,
    Pocock,
    Spending,
    UserSpending,
    WangTsiatis,
)
from oligotrial.trial.boundaries import Efficacy

__all__ = ["EfficacySpec", "FutilitySpec", "SpendingSpec"]

_PLAIN: dict[str, type[Any]] = {
    "obrien-fleming": LanDeMetsOBrienFleming,
    "pocock": LanDeMetsPocock,
    "classical-obrien-fleming": OBrienFleming,
    "classical-pocock": Pocock,
}
_WITH_PARAMETER: dict[str, type[Any]] = {
    "hwang-shih-decani": HwangShihDeCani,
    "kim-demets": KimDeMets,
    "wang-tsiatis": WangTsiatis,
    "haybittle-peto": HaybittlePeto,
}


class _Spent(Part):
    """What spending functions and shapes have in common."""

    parameter: float | None = None
    """Gamma of `hwang-shih-decani`, rho of `kim-demets`; of `wang-tsiatis` the shape (0 is
    O'Brien-Fleming, 0.5 Pocock), of `haybittle-peto` the interim boundary on the z scale."""
    at: tuple[Share, ...] | None = Field(default=None, min_length=1)
    """Of `own`: fractions of the information, ascending to 1."""
    cumulative: tuple[Probability, ...] | None = Field(default=None, min_length=1)
    """Of `own`: the error spent by each of them; the last is the whole."""

    def made(self, name: str) -> Any:
        """Return the function or shape of a name."""
        if name == "own":
            return UserSpending(self.at or (), self.cumulative or ())
        if name in _PLAIN:
            return _PLAIN[name]()
        return _WITH_PARAMETER[name](self.parameter)

    def fits(self, name: str) -> None:
        """Raise where numbers are given that a name doesn't have, or the other way round."""
        if (self.parameter is None) == (name in _WITH_PARAMETER):
            needs = "needs a" if self.parameter is None else "has no"
            raise ValueError(f"'{name}' {needs} parameter")
        for key in ("at", "cumulative"):
            if (getattr(self, key) is None) == (name == "own"):
                needs = "needs" if name == "own" else "doesn't have"
                raise ValueError(f"'{name}' {needs} the key {key}")
        self.made(name)


class SpendingSpec(_Spent):
    """How an error is spent over the looks."""

    spending: Literal["obrien-fleming", "pocock", "hwang-shih-decani", "kim-demets", "own"] = (
        "obrien-fleming"
    )
    """A spending function: Lan and DeMets' towards O'Brien-Fleming's or Pocock's boundaries, two
    families with a parameter, or one of your own."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        self.fits(self.spending)
        return self

    @property
    def function(self) -> Spending:
        """The spending function."""
        made: Spending = self.made(self.spending)
        return made


class EfficacySpec(_Spent):
    """The efficacy boundaries: a spending function, or a classical shape."""

    spending: Literal[
        "obrien-fleming",
        "pocock",
        "hwang-shih-decani",
        "kim-demets",
        "own",
        "classical-obrien-fleming",
        "classical-pocock",
        "wang-tsiatis",
        "haybittle-peto",
    ] = "obrien-fleming"
    """A spending function, or a classical shape: those spend as their boundaries ask for."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        self.fits(self.spending)
        return self

    @property
    def function(self) -> Efficacy:
        """The spending function or the shape."""
        made: Efficacy = self.made(self.spending)
        return made


class FutilitySpec(SpendingSpec):
    """How the trial stops for futility: an error that is spent, or bounds on the z scale."""

    beta: Probability | None = None
    """Type II error to be spent."""
    bounds: tuple[float, ...] | None = None
    """Or boundaries on the z scale, one for each interim look; -inf never stops."""
    binding: bool = False
    """Whether the trial must stop there, so that efficacy boundaries are lowered."""

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.beta is None) == (self.bounds is None):
            raise ValueError("give either beta, to be spent, or bounds of the interim looks")
        return self

    @property
    def rule(self) -> Futility:
        """The rule."""
        if self.bounds is not None:
            return FixedFutility(self.bounds, binding=self.binding)
        return BetaSpending(self.function, float(self.beta or 0.0), binding=self.binding)
