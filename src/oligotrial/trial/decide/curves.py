"""Success by the arms' Kaplan-Meier curves: the area under them, or their height at a time."""

from dataclasses import dataclass

from oligotrial.checks import InputError, positive
from oligotrial.estimators.scale import LOG_LOG, PLAIN, Scale
from oligotrial.trial.decide.analysis import FIRST_COLUMNS
from oligotrial.trial.decide.strata import BY_BOTH_ARMS, BY_PRECISION, BY_SIZE, StratumWeights
from oligotrial.trial.decide.success import OneSidedTest

__all__ = ["MilestoneDifference", "RestrictedMeanDifference"]


@dataclass(frozen=True)
class RestrictedMeanDifference(OneSidedTest):
    """A test of the difference between restricted mean times free of the event, one-sided.

    Parameters
    ----------
    alpha : float
        One-sided significance level.
    until_months : float
        The horizon, where the areas under both curves end.
    margin_months : float, optional
        Difference, experimental minus control, that has to be exceeded; negative for
        non-inferiority.
    strata : StratumWeights, optional
        `BY_SIZE`, `BY_BOTH_ARMS` or `BY_PRECISION`: differences are taken within strata and
        averaged so. All patients together when left out.
    truncated : bool, optional
        Whether a stratum (or the trial) in which a curve ends above 0 before the horizon is
        compared up to there. Otherwise it is left out.

    Raises
    ------
    InputError
        If a number is out of its range, or the weights are none.

    Notes
    -----
    Uno et al. (2014), Journal of Clinical Oncology 32, 2380-2385, doi:10.1200/JCO.2014.55.2208;
    the variances are those of Klein and Moeschberger (2003), Survival Analysis, 2nd edition,
    equation 4.5.2, as in R's survival and survRM2. Strata are independent: with weights w the
    variance is ``sum w^2 v / (sum w)^2``. A stratum without patients in an arm is left out, and one
    in which a curve ends above 0 before the horizon; `left_out` is the share of all patients who
    are in such strata. With none left the trial yields NaN and no success: choose a horizon that
    the follow-up reaches. A horizon that is cut depends on the data, and differs between strata;
    `shortest` is the least one.

    Examples
    --------
    >>> RestrictedMeanDifference(0.1, 18.0).columns
    ('statistic', 'estimate', 'std_error', 'control', 'experimental')
    """

    alpha: float
    until_months: float
    margin_months: float = 0.0
    strata: StratumWeights | None = None
    truncated: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        _known(self.strata)
        positive(self.until_months, "until_months")
        if not abs(self.margin_months) < self.until_months:
            raise InputError(
                f"{self.margin_months} months is not within the horizon of {self.until_months:g}",
                where="margin_months",
            )

    @property
    def columns(self) -> tuple[str, ...]:
        """Statistic, difference, its standard error, both means, what is left out or cut."""
        shortest = ("shortest",) if self.truncated else ()
        return (*FIRST_COLUMNS, "control", "experimental", *_left_out(self.strata), *shortest)

    @property
    def measure(self) -> str:
        """The difference in months."""
        return f"difference of restricted means until {self.until_months:g} months, months"

    @property
    def words(self) -> str:
        """A sentence for a protocol."""
        return (
            f"difference of restricted mean times until {self.until_months:g} months above "
            f"{self.margin_months:g}{_words(self.strata)}, one-sided at {self.alpha:g}"
        )


@dataclass(frozen=True)
class MilestoneDifference(OneSidedTest):
    """A test of the difference between Kaplan-Meier estimates at a time, one-sided.

    Parameters
    ----------
    alpha : float
        One-sided significance level.
    at_months : float
        The milestone.
    scale : Scale, optional
        `PLAIN` compares proportions, `LOG_LOG` their log(-log S), whose difference is a log ratio
        of cumulative hazards.
    strata : StratumWeights, optional
        `BY_SIZE`, `BY_BOTH_ARMS` or `BY_PRECISION`: differences are taken within strata and
        averaged so. All patients together when left out.

    Raises
    ------
    InputError
        If a number is out of its range, or the scale another one, or the weights are none.

    Notes
    -----
    Greenwood's variance; Klein et al. (2007), Statistics in Medicine 26, 4505-4519,
    doi:10.1002/sim.2864, equations 1 to 3. A stratum (or trial) in which a curve ends above 0
    before the milestone is left out, and one without patients in an arm; on the scale `LOG_LOG`
    also one in which a survival is 0 or 1. With none left the trial yields NaN and no success.
    `left_out` is the share of all patients who are in strata left out; both survivals are averages
    over the others.

    Examples
    --------
    >>> MilestoneDifference(0.1, 12.0).measure
    'difference of survival at 12 months'
    """

    alpha: float
    at_months: float
    scale: Scale = PLAIN
    strata: StratumWeights | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        _known(self.strata)
        positive(self.at_months, "at_months")
        if self.scale not in (PLAIN, LOG_LOG):
            raise InputError(f"{self.scale} is neither PLAIN nor LOG_LOG", where="scale")

    @property
    def columns(self) -> tuple[str, ...]:
        """Statistic, difference, its standard error, both survivals, and what is left out."""
        return (*FIRST_COLUMNS, "control", "experimental", *_left_out(self.strata))

    @property
    def measure(self) -> str:
        """The difference, or the log ratio of cumulative hazards."""
        what = "difference of survival" if self.scale is PLAIN else "log cumulative hazard ratio"
        return f"{what} at {self.at_months:g} months"

    @property
    def words(self) -> str:
        """A sentence for a protocol."""
        scale = "" if self.scale is PLAIN else " on the scale log(-log S)"
        return (
            f"difference of Kaplan-Meier estimates at {self.at_months:g} months{scale}"
            f"{_words(self.strata)}, one-sided at {self.alpha:g}"
        )


def _known(strata: StratumWeights | None) -> None:
    if strata not in (None, BY_SIZE, BY_BOTH_ARMS, BY_PRECISION):
        raise InputError(
            f"{strata} is not BY_SIZE, BY_BOTH_ARMS or BY_PRECISION, nor None for no strata",
            where="strata",
        )


def _left_out(strata: StratumWeights | None) -> tuple[str, ...]:
    return () if strata is None else ("left_out",)


def _words(strata: StratumWeights | None) -> str:
    return "" if strata is None else f", within strata and averaged by {strata.name}"
