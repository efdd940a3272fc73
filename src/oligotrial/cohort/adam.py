"""Cohorts from CDISC ADaM data sets: ADTTE (time to event) and ADSL (subjects).

ADaM Basic Data Structure for Time-to-Event Analyses 1.0 (CDISC 2012): a record is a subject's time
AVAL, in AVALU, from STARTDT to ADT for the parameter PARAMCD; CNSR is 0 for an event and 1 or
more, by reason, where censored; EVNTDESC and CNSDTDSC describe the event and the censoring date.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import pandas as pd

from oligotrial.checks import InputError
from oligotrial.cohort.adam_data import Data, Sources
from oligotrial.cohort.adtte import Conventions, endpoint
from oligotrial.cohort.levels import Levels, plain_text
from oligotrial.cohort.schema import Cohort
from oligotrial.cohort.sheet import Problem, refusal
from oligotrial.cohort.validate import problems_of

__all__ = ["read_adtte"]

_ARMS: Final = {"TRT01P": "TRT01PN", "TRTP": "TRTPN", "TRT01PN": "", "TRTPN": ""}
"""Variables that hold the planned treatment, and that which holds its number."""

_DESCRIBED: Final = {"cause": ("EVNTDESC",), "censoring": ("CNSDTDSC", "EVNTDESC")}
"""The variables of ADTTE that these columns of an endpoint come from."""


def read_adtte(
    path: str | Path,
    paramcd: str | Sequence[str] | Mapping[str, str],
    *,
    adsl: str | Path | None = None,
    columns: Mapping[str, str] | None = None,
    levels: Levels | None = None,
    conventions: Conventions | None = None,
) -> Cohort:
    r"""Read a cohort from a CDISC ADTTE data set, with covariates from ADSL.

    Parameters
    ----------
    path : str or pathlib.Path
        ADTTE, in any format that `read` takes. AVAL is converted to months by AVALU; where ADT and
        STARTDT are there they have to agree with it, and give it where it is missing. CNSR 0 is
        an event; EVNTDESC becomes `cause` of events, and what describes a censored time (CNSDTDSC,
        or EVNTDESC) the column `censoring`.
    paramcd : str, sequence of str, or mapping of str to str
        The parameters, by PARAMCD. The first is the cohort's time and event; others are
        endpoints (`Cohort.at`), called by what the mapping says or by PARAMCD in small letters.
    adsl : str or pathlib.Path, optional
        ADSL, merged by USUBJID.
    columns : mapping of str to str, optional
        Covariates: the cohort's column for a variable of ADSL (or of ADTTE, where ADSL has none):
        {"AGEGR1": "age_group"}. TRT01P or TRT01PN becomes `arm`; STRATA and its like are kept.
    levels : mapping, optional
        Levels of the cohort's own, or what codes stand for, as `Cohort` takes them.
    conventions : Conventions, optional
        What the files don't say: a unit, competing events, the number of the first day.

    Returns
    -------
    Cohort
        One row a subject who has a record of the first parameter; `patient` is USUBJID.

    Raises
    ------
    InputError
        If a file can't be read, a variable or parameter is missing, a subject is there twice or
        is missing in ADSL, a unit is unknown, dates contradict AVAL, or a value can't be. All
        problems of both files are told at once, the first 20 in full: file, row (counted from 1
        below the header), variable, subject.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "adtte.csv"
    ...     _ = file.write_text("USUBJID,PARAMCD,AVAL,AVALU,CNSR\n1,PFS,2,YEARS,0\n")
    ...     read_adtte(file, "PFS").patients[["patient", "time", "event"]].values.tolist()
    [['1', 24.0, 1]]
    """
    names, columns = _named(paramcd), _distinct(columns or {})
    told: list[Problem] = []
    records = Data.read(path, told)
    subjects = Data.read(adsl, told) if adsl is not None else None
    sources = Sources((subjects, records) if subjects else (records,))
    parts = _endpoints(records, names, conventions or Conventions(), told)
    there = list(dict.fromkeys(subject for part in parts.values() for subject in part.index))
    if subjects:
        subjects.check_subjects(records, there, told)
    everybody = there or sources.files[0].subjects
    given = _covariates(sources, columns, everybody, told)
    rows = _side_by_side(parts, names, everybody)
    own = [name for name in given.values if name in rows or name == "patient"]
    for name in own:
        text = f"'{name}' is the follow-up's own; give another name"
        told.append(Problem(0, "", text, "columns"))
    rows = rows.join(given.values.drop(columns=own))
    main = next(iter(names))
    # Where the first parameter is missing altogether, all subjects' covariates are looked at.
    kept = rows.index.isin(parts[main].index) | (len(parts[main]) == 0)
    known = rows[kept].reset_index(names="patient")
    levels = given.levels | dict(levels or {})
    told += _wrong_values(known, levels, _Origins(records, sources, names, given.variables), told)
    if told:
        raise refusal(told)
    lost = len(rows) - len(known)
    left_out = f"; {lost} of {len(rows)} subjects without {main} left out" if lost else ""
    return Cohort(
        known,
        label=f"{Path(path).name}, {main}{left_out}",
        source=f"{path}, subjects with {main} in their order",
        levels=levels,
    )


def _named(paramcd: str | Sequence[str] | Mapping[str, str]) -> dict[str, str]:
    """Return the endpoint's name by PARAMCD; the first is the cohort's own."""
    if isinstance(paramcd, Mapping):
        names = dict(paramcd)
    else:
        names = {
            code: code.lower() for code in ([paramcd] if isinstance(paramcd, str) else paramcd)
        }
    if not names:
        raise InputError("no parameter is given; name at least one, such as 'PFS'", where="paramcd")
    if len(set(names.values())) < len(names):
        raise InputError("two parameters have one name; give each its own", where="paramcd")
    return names


def _distinct(columns: Mapping[str, str]) -> Mapping[str, str]:
    if len(set(columns.values())) < len(columns):
        raise InputError("two variables have one name; give each its own", where="columns")
    return columns


def _endpoints(
    records: Data, names: Mapping[str, str], conventions: Conventions, told: list[Problem]
) -> dict[str, pd.DataFrame]:
    """Return the follow-up of each parameter by subject; empty where there is none."""
    lacking = [name for name in ("PARAMCD", "CNSR") if name not in records.rows]
    told += [] if records.broken else map(records.without, lacking)
    empty = pd.DataFrame({"time": [], "event": []}, index=pd.Index([], dtype=object), dtype=float)
    parts = dict.fromkeys(names, empty)
    for code in names if "PARAMCD" not in lacking else ():
        part, wrong = endpoint(records.of(code, told), code, conventions)
        told += [each._replace(where=records.where) for each in wrong]
        parts[code] = part[part.index.notna() & ~part.index.duplicated()]
    return parts


def _side_by_side(
    parts: Mapping[str, pd.DataFrame], names: Mapping[str, str], everybody: Sequence[str]
) -> pd.DataFrame:
    main, *others = parts
    rows = parts[main].reindex(pd.Index(everybody))
    for code in others:
        rows = rows.join(parts[code].add_prefix(f"{names[code]}_"))
    return rows.rename_axis("patient")


@dataclass(frozen=True, eq=False)
class _Covariates:
    """Covariates by subject, levels of the arm, and the variable of each column."""

    values: pd.DataFrame
    levels: dict[str, Any]
    variables: dict[str, str]


def _covariates(
    sources: Sources, columns: Mapping[str, str], everybody: Sequence[str], told: list[Problem]
) -> _Covariates:
    """Return the covariates, and the arm's levels in the order of their numbers."""
    there = sources.names
    variables = {name: variable.upper() for variable, name in columns.items()}
    for name in there:
        if name.startswith("STRAT"):
            variables.setdefault(name, name)
    arm = next((name for name in _ARMS if name in there), None)
    numbered = arm is not None and "arm" not in variables and _ARMS[arm] in there
    if arm:
        variables.setdefault("arm", arm)
    found = {
        name: sources.variable(variable, everybody, told) for name, variable in variables.items()
    }
    levels: dict[str, Any] = {}
    if arm and numbered:
        numbers = sources.variable(_ARMS[arm], everybody, told)
        if order := _in_order(arm, found["arm"], numbers, sources, told):
            levels["arm"] = order
    return _Covariates(pd.DataFrame(found, index=pd.Index(everybody)), levels, variables)


def _in_order(
    arm: str,
    arms: "pd.Series[Any]",
    numbers: "pd.Series[Any]",
    sources: Sources,
    told: list[Problem],
) -> tuple[str, ...]:
    """Return the arms in the order of their numbers, or nothing where these aren't theirs."""
    number = _ARMS[arm]
    values = pd.to_numeric(numbers, errors="coerce")
    for subject in numbers.index[numbers.notna() & values.isna()]:
        text = f"'{numbers[subject]}' is not a number"
        told.append(sources.problem(number, subject, text))
    texts = arms.map(plain_text, na_action="ignore")
    pairs = pd.DataFrame({"arm": texts, "number": values}).dropna().drop_duplicates()
    if pairs["arm"].duplicated().any() or pairs["number"].duplicated().any():
        cells = [
            (f"{row.arm}: {row.number:g}", sources.problem(number, str(row.Index), ""))
            for row in pairs.itertuples()
        ]
        which = "; ".join(f"{text} in row {cell.row}" for text, cell in cells)
        text = f"{arm} and {number} contradict each other ({which})"
        told.append(Problem(0, "", text, cells[0][1].where))
        return ()
    return tuple(pairs.sort_values("number")["arm"])


@dataclass(frozen=True, eq=False)
class _Origins:
    """Where each column of the cohort was taken from."""

    records: Data
    sources: Sources
    names: Mapping[str, str]
    variables: Mapping[str, str]

    @cached_property
    def parts(self) -> dict[str, Sources]:
        """The records of each parameter."""
        return {code: Sources((self.records.only(code),)) for code in self.names}

    def of(self, problem: Problem, subject: str) -> Problem | None:
        """Return a problem of a cohort's cell at its cell in a file; None if it is told there."""
        column = problem.column
        if column in self.variables:
            return self.sources.problem(self.variables[column], subject, problem.text)
        main, *others = self.names.items()
        ends = [(main[0], column), *((code, column.removeprefix(f"{n}_")) for code, n in others)]
        for code, part in ends:
            if part in ("time", "event"):
                return None
            if part in _DESCRIBED:
                records = self.parts[code]
                found = [records.problem(each, subject, problem.text) for each in _DESCRIBED[part]]
                return next((each for each in found if each.row), found[0])
        return problem


def _wrong_values(
    known: pd.DataFrame, levels: Levels, origins: _Origins, told: Sequence[Problem]
) -> list[Problem]:
    """Return what a cohort would refuse, each at its place in the files."""
    if known.empty:
        return []
    # Of a column that is missing since something else is, nothing is said.
    asked = {name: each for name, each in levels.items() if name in known or not told}
    found = [
        each if not each.row else origins.of(each, known["patient"].iloc[each.row - 1])
        for each in problems_of(known, where=origins.records.where, levels=asked)
    ]
    return [each for each in found if each is not None]
