"""What a paper can print: a number, a count, a schedule, a test, a table of numbers at risk."""

from dataclasses import dataclass

__all__ = [
    "BedGroup",
    "Comparison",
    "Count",
    "Grouping",
    "PrintedSchedule",
    "RiskTable",
    "Span",
    "Statistic",
]


@dataclass(frozen=True)
class Statistic:
    """One printed number, with its interval where it has one.

    Parameters
    ----------
    key : str
        What it is, for example ``"pfs_ar.median[line=first]"``.
    value : float or None
        The number; None where the paper prints that there is none (`note` says how).
    lower, upper : float or None
        Ends of its interval.
    level : float or None
        The interval's confidence level; None for a range or where there is no interval.
    unit : str
        "months", "weeks", "years", "patients", "percent", "ratio", "probability", "Gy" or
        "fractions".
    place : str
        Section, table or figure of the source.
    group : tuple of str, optional
        Variable and level of the subgroup it is about.
    note : str, optional
        What else a reader has to know.
    n : int, optional
        Patients (or whatever was measured) behind it, where that is printed.
    missing : int, optional
        Patients without the measurement.
    whole : bool, optional
        Whether each patient's value is a whole number, such as a number of fractions.
    restates : tuple of str, optional
        What it says again: counts ("variable=level") or keys, added up.
    decimals : tuple of int, optional
        Decimals with which value, lower and upper are printed; where they aren't known, as
        many as the numbers need.
    """

    key: str
    value: float | None
    lower: float | None
    upper: float | None
    level: float | None
    unit: str
    place: str
    group: tuple[str, str] | None = None
    note: str = ""
    n: int | None = None
    missing: int | None = None
    whole: bool = False
    restates: tuple[str, ...] = ()
    decimals: tuple[int, int, int] | None = None

    @property
    def base(self) -> str:
        """The key without the "@place" of a version that is printed elsewhere."""
        return self.key.partition("@")[0]


@dataclass(frozen=True)
class Count:
    """How many patients have one level of a variable.

    Parameters
    ----------
    variable, level : str
        What was counted.
    n, total : int
        Patients with the level and patients looked at.
    percent : float or None
        The percentage as printed, rounded by the paper.
    place : str
        Section, table or figure of the source.
    note : str, optional
        What else a reader has to know.
    part_of : tuple of str, optional
        Variable and level of the subgroup that was counted, where it wasn't everybody.
    unit : str, optional
        What was counted: "patients" or, for example, "lesions".
    missing : int, optional
        Patients for whom the variable isn't known, as printed.
    partial : bool, optional
        Whether only some of the variable's levels are printed.
    overlapping : bool, optional
        Whether one patient can have several levels.
    decimals : int, optional
        Decimals of the percentage as printed.
    """

    variable: str
    level: str
    n: int
    total: int
    percent: float | None
    place: str
    note: str = ""
    part_of: tuple[str, str] | None = None
    unit: str = "patients"
    missing: int | None = None
    partial: bool = False
    overlapping: bool = False
    decimals: int | None = None


@dataclass(frozen=True)
class PrintedSchedule:
    """A radiotherapy schedule and how many patients had it.

    Parameters
    ----------
    site : str
        Site irradiated.
    text : str
        The schedule as printed; `oligotrial.radiobiology.Schedule.parse` reads it.
    n : int
        Patients.
    place : str
        Section, table or figure of the source.
    percent : float, optional
        The percentage of the site's patients as printed.
    note : str, optional
        What else a reader has to know.
    decimals : int, optional
        Decimals of the percentage as printed.
    """

    site: str
    text: str
    n: int
    place: str
    percent: float | None = None
    note: str = ""
    decimals: int | None = None


@dataclass(frozen=True)
class BedGroup:
    """How many patients had at least some biologically effective dose (BED).

    Parameters
    ----------
    alpha_beta : float
        The alpha/beta ratio that the BED was computed with, Gy.
    cutoff_gy : float
        The cut-off, Gy.
    comparison : str
        How a BED compares with the cut-off: ">=" or ">".
    n : int
        Patients for whom it does.
    place : str
        Section, table or figure of the source.
    """

    alpha_beta: float
    cutoff_gy: float
    comparison: str
    n: int
    place: str

    @property
    def grouping(self) -> str:
        """Name of the grouping, for example "bed4_75"."""
        return f"bed{self.alpha_beta:g}_{self.cutoff_gy:g}"


@dataclass(frozen=True)
class Comparison:
    """A log-rank test between the levels of a grouping.

    Parameters
    ----------
    key : str
        For example ``"pfs_ar.logrank[line_group]"``.
    endpoint, grouping : str
        What was compared between what.
    levels : tuple of str
        The groups.
    chi_squared, df, p : float, int, float or None
        As printed; None where it wasn't.
    place : str
        Section, table or figure of the source.
    note : str, optional
        What else a reader has to know.
    decimals : tuple of int, optional
        Decimals with which chi_squared and p are printed.
    """

    key: str
    endpoint: str
    grouping: str
    levels: tuple[str, ...]
    chi_squared: float | None
    df: int | None
    p: float | None
    place: str
    note: str = ""
    decimals: tuple[int, int] | None = None


@dataclass(frozen=True)
class RiskTable:
    """Numbers at risk below a survival curve, of one group or of all patients.

    Parameters
    ----------
    endpoint, grouping, level : str
        Which curve; of all patients' curve, grouping and level are empty.
    at_risk : tuple of int
        Patients at risk at successive ticks of the axis, the first at time 0.
    times_months : tuple of float or None
        The ticks; None where the source's text doesn't give them.
    place : str
        Section, table or figure of the source.
    """

    endpoint: str
    grouping: str
    level: str
    at_risk: tuple[int, ...]
    times_months: tuple[float, ...] | None
    place: str

    @property
    def of_all(self) -> bool:
        """Whether it is of all patients."""
        return not self.level

    @property
    def tail(self) -> str:
        """The group as keys have it, for example "[arm=sbrt]"; empty for all patients."""
        return "" if self.of_all else f"[{self.grouping}={self.level}]"

    def key(self, tick: int) -> str:
        """Return the key of the number at a tick.

        Parameters
        ----------
        tick : int
            Its place, from 0 at the start.

        Returns
        -------
        str
            For example ``"pfs.at_risk[arm=sbrt][tick=1]"``.
        """
        return f"{self.endpoint}.at_risk{self.tail}[tick={tick}]"


@dataclass(frozen=True)
class Grouping:
    """A variable made by putting levels of another one together.

    Parameters
    ----------
    name, variable : str
        The grouping, and the counted variable that it follows from.
    levels : tuple of (str, tuple of str)
        Each group and the levels that it holds.
    place : str
        Section, table or figure of the source.
    """

    name: str
    variable: str
    levels: tuple[tuple[str, tuple[str, ...]], ...]
    place: str


@dataclass(frozen=True)
class Span:
    """Two printed dates and the statistic that says how long it is from one to the other.

    Parameters
    ----------
    key : str
        The key of a statistic of the same source.
    start, end : str
        Dates, "2015-09" or "2015-09-14".
    place : str
        Section, table or figure of the source.
    """

    key: str
    start: str
    end: str
    place: str
