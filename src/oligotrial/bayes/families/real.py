"""Priors of numbers of either sign: effects on a log scale."""

from dataclasses import dataclass
from typing import Any, ClassVar

from scipy import stats

from oligotrial.bayes.families.base import REAL, Support, Univariate, finite
from oligotrial.checks import positive

__all__ = ["Normal", "StudentT"]


@dataclass(frozen=True)
class Normal(Univariate):
    """A normal prior, for effects on the log hazard scale.

    Parameters
    ----------
    mean, sd : float
        Mean and standard deviation.

    Examples
    --------
    >>> Normal(0.0, 0.1).words
    'normal(mean 0, sd 0.1)'
    """

    mean: float
    sd: float

    support: ClassVar[Support] = REAL
    in_units: ClassVar[tuple[str, ...]] = ("mean", "sd")

    def __post_init__(self) -> None:
        finite(self.mean, "mean")
        positive(self.sd, "sd")

    @property
    def numbers(self) -> dict[str, float]:
        """What PyMC is given, by the keywords of its distribution."""
        return {"mu": self.mean, "sigma": self.sd}

    @property
    def distribution(self) -> Any:
        """The distribution, as scipy has it."""
        return stats.norm(self.mean, self.sd)

    @property
    def words(self) -> str:
        """The distribution."""
        return f"normal(mean {self.mean:g}, sd {self.sd:g})"


@dataclass(frozen=True)
class StudentT(Univariate):
    """Student's t: as a normal prior, but far effects are held possible.

    Parameters
    ----------
    df : float
        Degrees of freedom; at 1 it is Cauchy's, above 30 nearly normal.
    centre, scale : float
        Its middle, and the unit of the distance from it.

    Examples
    --------
    >>> tuple(round(end, 2) for end in StudentT(4.0, 0.0, 0.2).interval)
    (-0.56, 0.56)
    """

    df: float
    centre: float
    scale: float

    support: ClassVar[Support] = REAL
    in_units: ClassVar[tuple[str, ...]] = ("centre", "scale")

    def __post_init__(self) -> None:
        positive(self.df, "df")
        finite(self.centre, "centre")
        positive(self.scale, "scale")

    @property
    def numbers(self) -> dict[str, float]:
        """What PyMC is given, by the keywords of its distribution."""
        return {"nu": self.df, "mu": self.centre, "sigma": self.scale}

    @property
    def distribution(self) -> Any:
        """The distribution, as scipy has it."""
        return stats.t(self.df, self.centre, self.scale)

    @property
    def words(self) -> str:
        """The distribution."""
        return f"Student's t(df {self.df:g}, centre {self.centre:g}, scale {self.scale:g})"
