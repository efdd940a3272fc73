"""ADaM data sets as they are read: records by subject, and all that is wrong with them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from oligotrial.checks import SHOWN, InputError, listed, suggestion
from oligotrial.cohort.adtte import ROW
from oligotrial.cohort.formats import load
from oligotrial.cohort.levels import plain_text
from oligotrial.cohort.sheet import Problem

__all__ = ["Data", "Sources"]


@dataclass(frozen=True, eq=False)
class Data:
    """One data set: names in capitals, and the number of each record in the file.

    Parameters
    ----------
    where : str
        The file.
    rows : pandas.DataFrame
        Its records, with USUBJID and `ROW`.
    broken : bool
        Whether the file couldn't be read, so that what it holds isn't known.
    found : dict
        The rows that `row` looked up, by variable and subject.
    """

    where: str
    rows: pd.DataFrame = field(repr=False)
    broken: bool = False
    found: dict[str, dict[str, int]] = field(default_factory=dict, repr=False)

    @classmethod
    def read(cls, path: str | Path, told: list[Problem]) -> "Data":
        """Return a file's records, none where it can't be read; `told` gets what is wrong."""
        where = str(path)
        try:
            rows = load(path).rows
        except InputError as error:
            told.append(Problem(0, "", error.problem, error.where or where))
            return cls(where, pd.DataFrame({"USUBJID": [], ROW: []}, dtype=object), broken=True)
        rows = rows.set_axis([str(name).strip().upper() for name in rows], axis=1)
        twice = rows.columns.duplicated()
        told += [
            Problem(0, "", f"variable {name} is there twice; keep one", where)
            for name in rows.columns[twice].unique()
        ]
        rows = rows.loc[:, ~twice]
        data = cls(where, rows.assign(**{ROW: range(1, len(rows) + 1)}))
        if "USUBJID" not in rows:
            told.append(data.without("USUBJID"))
            return cls(where, data.rows.assign(USUBJID=None))
        subjects = [None if pd.isna(each) else plain_text(each) or None for each in rows["USUBJID"]]
        told += [
            Problem(row, "USUBJID", "there is no subject; complete it or take the row out", where)
            for row, subject in enumerate(subjects, start=1)
            if subject is None
        ]
        named = pd.Series(subjects, index=rows.index, dtype=object)
        return cls(where, data.rows.assign(USUBJID=named))

    @property
    def names(self) -> list[str]:
        """The variables."""
        return [str(name) for name in self.rows if name != ROW]

    @property
    def subjects(self) -> list[str]:
        """The subjects, in their order."""
        return list(self.rows["USUBJID"].dropna().unique())

    def without(self, name: str) -> Problem:
        """Return the problem that a variable is missing."""
        there = ", ".join(self.names)
        text = f"there is no variable {name}{suggestion(name, self.names)}; variables are {there}"
        return Problem(0, "", text, self.where)

    def only(self, code: str) -> "Data":
        """Return the records of a parameter."""
        codes = self.rows["PARAMCD"].map(plain_text, na_action="ignore")
        return replace(self, rows=self.rows[codes == code], found={})

    def of(self, code: str, told: list[Problem]) -> pd.DataFrame:
        """Return the records of a parameter by subject; `told` gets those that are there twice."""
        rows = self.only(code).rows
        if rows.empty:
            codes = self.rows["PARAMCD"].dropna().map(plain_text)
            there = sorted(codes.unique())
            text = f"there is no PARAMCD '{code}'{suggestion(code, there)}; there are "
            told.append(Problem(0, "", text + ", ".join(there), self.where))
        self.check_once(rows, f"records of {code}; keep one of each", told)
        return rows.set_index("USUBJID")

    def check_once(self, rows: pd.DataFrame, what: str, told: list[Problem]) -> None:
        """Tell of subjects who are there more than once."""
        subjects = rows["USUBJID"].dropna()
        twice = list(subjects[subjects.duplicated()].unique())
        if twice:
            text = f"{len(twice)} USUBJID have several {what}: {_listed(twice, rows)}"
            told.append(Problem(0, "", text, self.where))

    def check_subjects(self, records: "Data", subjects: Sequence[str], told: list[Problem]) -> None:
        """Tell of an ADSL with several rows for a subject, or without one of ADTTE's."""
        self.check_once(self.rows, "rows; ADSL has one for each", told)
        here = set(self.subjects)
        missing = [each for each in subjects if each not in here]
        # Where ADSL has no subjects at all, it was told why.
        if missing and here:
            text = (
                f"{len(missing)} subjects of {records.where} are missing: "
                f"{_listed(missing, records.rows)}; complete ADSL or take them out"
            )
            told.append(Problem(0, "", text, self.where))

    def values(self, name: str, subjects: Sequence[str], told: list[Problem]) -> "pd.Series[Any]":
        """Return a variable by subject; one of several records must not contradict another."""
        pairs = self.rows[["USUBJID", name, ROW]].dropna().drop_duplicates(["USUBJID", name])
        again = pairs["USUBJID"].duplicated()
        twice = list(pairs.loc[again, "USUBJID"].unique())
        if twice:
            text = f"{name} differs between records of {_listed(twice, pairs)}"
            told.append(Problem(0, "", text, self.where))
        return pairs[~again].set_index("USUBJID")[name].reindex(pd.Index(list(subjects)))

    def row(self, name: str, subject: str) -> int | None:
        """Return the number of the first record that tells a subject's variable."""
        if name not in self.rows:
            return None
        if name not in self.found:
            given = self.rows[self.rows[name].notna()].drop_duplicates("USUBJID")
            self.found[name] = dict(zip(given["USUBJID"], given[ROW], strict=True))
        return self.found[name].get(subject)


@dataclass(frozen=True, eq=False)
class Sources:
    """Data sets that covariates are taken from; the first that has a value counts.

    Parameters
    ----------
    files : tuple of Data
        ADSL, where there is one, and ADTTE.
    """

    files: tuple[Data, ...]

    @property
    def names(self) -> list[str]:
        """The variables of all files."""
        return list(dict.fromkeys(name for file in self.files for name in file.names))

    def variable(self, name: str, subjects: Sequence[str], told: list[Problem]) -> "pd.Series[Any]":
        """Return a variable by subject; `told` gets what is wrong with it."""
        holders = [file for file in self.files if name in file.rows]
        if not holders:
            # A file that couldn't be read may have it.
            told += [] if any(file.broken for file in self.files) else [self._without(name)]
            return pd.Series(None, index=pd.Index(list(subjects)), dtype=object)
        values, *others = (file.values(name, subjects, told) for file in holders)
        for other in others:
            both = values.notna() & other.notna()
            differ = both & (values.map(plain_text) != other.map(plain_text))
            if differ.any():
                told.append(self._contradiction(name, list(values.index[differ])))
            values = values.where(values.notna(), other)
        return values

    def problem(self, name: str, subject: str, text: str) -> Problem:
        """Return a problem at the cell that a subject's variable was taken from."""
        told = f"{text} (USUBJID {subject})"
        for file in self.files:
            if row := file.row(name, subject):
                return Problem(row, name, told, file.where)
        return Problem(0, name, told, self.files[0].where)

    def _without(self, name: str) -> Problem:
        there = sorted(self.names)
        text = f"there is no variable {name}{suggestion(name, there)}; variables are "
        where = " and ".join(file.where for file in self.files)
        return Problem(0, "", text + ", ".join(there), where)

    def _contradiction(self, name: str, subjects: Sequence[str]) -> Problem:
        first, second = self.files
        found = [
            f"{each} (row {first.row(name, each)} and row {second.row(name, each)})"
            for each in subjects[:SHOWN]
        ]
        text = f"{name} is another in {first.where} than in {second.where} for "
        return Problem(0, "", text + listed(found, total=len(subjects)), first.where)


def _listed(subjects: Sequence[str], rows: pd.DataFrame) -> str:
    """Return subjects with the numbers of their records."""
    found = []
    for each in subjects[:SHOWN]:
        numbers = rows.loc[rows["USUBJID"] == each, ROW].tolist()
        told = f"row{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}"
        found.append(f"{each} ({told})")
    return listed(found, total=len(subjects))
