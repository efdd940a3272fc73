"""What a cohort is: patient rows with known columns and levels, and where they came from."""

from dataclasses import dataclass, field

import pandas as pd

from oligotrial.checks import InputError, one_of
from oligotrial.cohort.levels import LEVELS, Levels, ordered_names
from oligotrial.cohort.rules import PARTS
from oligotrial.cohort.validate import COLUMNS, complete, endpoints_of, validated

__all__ = ["COLUMNS", "LEVELS", "Cohort", "complete", "validated"]


@dataclass(frozen=True)
class Cohort:
    """Patients, validated, with what is to be said of them wherever they are shown.

    Parameters
    ----------
    patients : pandas.DataFrame
        One row a patient. Needed are `time` (months) and `event` (1, or 0 for censored). These
        may be there and, but for draw and patient, may be missing (NaN) in some rows:

        - draw: the reconstruction, from 0; 0 where left out.
        - patient: number or name, once in each draw; 1 to n where left out.
        - entry: months at which follow-up began, before `time` (delayed entry); 0 where missing.
        - time_upper: months of the first positive examination where `time` is the last negative
          one (interval censoring); missing where the time is exact, infinite where censored.
        - cause: what ended follow-up, in words; missing where censored. `event` stays 1 only for
          the endpoint's own event: a competing event has event 0 and a cause.
        - weight: at least 0.
        - arm, and the columns of `LEVELS`, which are categorical.
        - schedule: a delivered course that `Schedule.parse` reads; dose_level: which level of a
          boosted course counts, "boost" where the column is left out.
        - further endpoints: `<endpoint>_time` and `<endpoint>_event`, and where wanted
          `<endpoint>_entry`, `<endpoint>_time_upper` and `<endpoint>_cause`; see `at`.

        Other columns are kept as they are.
    label : str
        What the cohort is, in words that can stand under a figure.
    source : str
        Where it came from: a file or a citation.
    draws : int
        1 for patients; the number of reconstructions otherwise.
    levels : mapping of str to sequence of str, or to mapping of codes to str
        By column, levels of the cohort's own, in order: in place of those in `LEVELS`, or for
        other columns. A mapping says which level each code in the rows stands for.

    Raises
    ------
    InputError
        If a row has a problem; all are counted and the first 20 named.

    Examples
    --------
    >>> rows = pd.DataFrame({"time": [12.7, 3.1], "event": [1, 0], "subtype": ["HR+", None]})
    >>> own = Cohort(rows, label="two patients", source="example", levels={"subtype": ("HR+",)})
    >>> own.size, own.endpoints
    (2, ())
    """

    patients: pd.DataFrame
    label: str
    source: str
    draws: int = 1
    levels: Levels = field(default_factory=dict)

    def __post_init__(self) -> None:
        rows = validated(self.patients, where=self.source, levels=self.levels)
        object.__setattr__(self, "patients", rows)
        object.__setattr__(self, "levels", _own_levels(rows))
        found = rows["draw"].nunique()
        if found != self.draws:
            raise InputError(f"draws is {self.draws} but the rows hold {found}", where=self.source)

    @property
    def size(self) -> int:
        """Patients in one draw."""
        return len(self.patients) // self.draws

    @property
    def endpoints(self) -> tuple[str, ...]:
        """The further endpoints, which `at` takes."""
        return endpoints_of(self.patients)

    def frames(self) -> list[pd.DataFrame]:
        """Return one DataFrame a draw.

        Returns
        -------
        list of pandas.DataFrame
            With the columns of `patients` and an index from 0.
        """
        return [rows.reset_index(drop=True) for _, rows in self.patients.groupby("draw", sort=True)]

    def at(self, endpoint: str) -> "Cohort":
        """Return the cohort with another endpoint in the columns time, event and their like.

        Parameters
        ----------
        endpoint : str
            One of `endpoints`.

        Returns
        -------
        Cohort
            Without the patients of whom the endpoint isn't known; its label says how many.

        Raises
        ------
        InputError
            If there is no such endpoint.

        Examples
        --------
        >>> rows = pd.DataFrame({"time": [3.0, 4.0], "event": [1, 1], "os_time": [9.5, None],
        ...                      "os_event": [0, None]})
        >>> survival = Cohort(rows, label="two patients", source="example").at("os")
        >>> survival.patients["time"].tolist(), survival.label
        ([9.5], 'two patients; os; 1 of 2 rows without it left out')
        """
        one_of(endpoint, self.endpoints, f"{self.source}, endpoint")
        theirs = {f"{endpoint}_{part}": part for part in PARTS}
        rows = self.patients.drop(columns=list(PARTS), errors="ignore").rename(columns=theirs)
        known = rows[rows["time"].notna()]
        lost = len(rows) - len(known)
        left_out = f"; {lost} of {len(rows)} rows without it left out" if lost else ""
        return Cohort(
            known,
            label=f"{self.label}; {endpoint}{left_out}",
            source=self.source,
            draws=max(known["draw"].nunique(), 1),
            levels={name: levels for name, levels in self.levels.items() if name in known},
        )


def _own_levels(rows: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    levels = {str(name): ordered_names(rows[name]) for name in rows}
    return {name: names for name, names in levels.items() if names and LEVELS.get(name) != names}
