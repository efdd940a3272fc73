"""Cohorts from CDISC ADaM data sets: ADTTE (time to event) and ADSL (subjects).

ADaM Basic Data Structure for Time-to-Event Analyses 1.0 (CDISC 2012): a record is a subject's time
AVAL, in AVALU, from STARTDT to ADT for the parameter PARAMCD; CNSR is 0 for an event and 1 or
more, by reason, where censored; EVNTDESC and CNSDTDSC describe the event and the censoring date.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pandas as pd

from oligotrial.checks import InputError, suggestion
from oligotrial.cohort.adtte import Conventions, endpoint
from oligotrial.cohort.formats import load
from oligotrial.cohort.levels import Levels, plain_text
from oligotrial.cohort.schema import Cohort

__all__ = ["read_adtte"]

_SHOWN: Final = 20

_ARMS: Final = {"TRT01P": "TRT01PN", "TRTP": "TRTPN", "TRT01PN": "", "TRTPN": ""}
"""Variables that hold the planned treatment, and that which holds its number."""


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
        is missing in ADSL, a unit is unknown, or dates contradict AVAL; subjects are named.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "adtte.csv"
    ...     _ = file.write_text("USUBJID,PARAMCD,AVAL,AVALU,CNSR\n1,PFS,2,YEARS,0\n")
    ...     read_adtte(file, "PFS").patients[["patient", "time", "event"]].values.tolist()
    [['1', 24.0, 1]]
    """
    where = str(path)
    records = _Data.read(path)
    subjects = _Data.read(adsl) if adsl is not None else None
    names = _named(paramcd)
    try:
        parts = {
            name: endpoint(records.of(code), code, conventions or Conventions())
            for code, name in names.items()
        }
    except InputError as error:
        raise error.within(where) from None
    everybody = list(dict.fromkeys(subject for part in parts.values() for subject in part.index))
    rows = _side_by_side(parts, everybody)
    sources = [subjects, records] if subjects is not None else [records]
    if subjects is not None:
        subjects.check_subjects(everybody, where)
    given, arm = _covariates(sources, columns or {}, everybody)
    taken = [name for name in given if name in rows or name == "patient"]
    if taken:
        raise InputError(f"'{taken[0]}' is the follow-up's own; give another name", where="columns")
    rows = rows.join(given)
    known = rows[rows["time"].notna()]
    main = next(iter(names))
    lost = len(rows) - len(known)
    left_out = f"; {lost} of {len(rows)} subjects without {main} left out" if lost else ""
    return Cohort(
        known.reset_index(names="patient"),
        label=f"{Path(path).name}, {main}{left_out}",
        source=f"{where}, subjects with {main} in their order",
        levels=arm | dict(levels or {}),
    )


@dataclass(frozen=True)
class _Data:
    """One data set: names in capitals, and the number of each record in the file."""

    where: str
    rows: pd.DataFrame = field(repr=False)

    @classmethod
    def read(cls, path: str | Path) -> "_Data":
        where = str(path)
        rows = load(path).rows
        rows = rows.set_axis([str(name).strip().upper() for name in rows], axis=1)
        twice = rows.columns[rows.columns.duplicated()]
        if len(twice):
            raise InputError(f"variable {twice[0]} is there twice", where=where)
        if "USUBJID" not in rows:
            raise InputError(
                f"there is no variable USUBJID; variables are {', '.join(map(str, rows))}",
                where=where,
            )
        rows["USUBJID"] = [None if pd.isna(each) else plain_text(each) for each in rows["USUBJID"]]
        nobody = rows["USUBJID"].isna().to_numpy().nonzero()[0]
        if len(nobody):
            raise InputError(f"row {nobody[0] + 1} has no USUBJID; complete it", where=where)
        rows["ROW"] = range(1, len(rows) + 1)
        return cls(where, rows)

    def of(self, code: str) -> pd.DataFrame:
        """Return the records of a parameter, by subject."""
        if "PARAMCD" not in self.rows:
            raise InputError(
                f"there is no variable PARAMCD; variables are {', '.join(map(str, self.rows))}"
            )
        codes = self.rows["PARAMCD"].map(plain_text, na_action="ignore")
        there = sorted(codes.dropna().unique())
        if code not in there:
            raise InputError(
                f"there is no PARAMCD '{code}'{suggestion(code, there)}; there are "
                f"{', '.join(there)}"
            )
        rows = self.rows[codes == code]
        self.check_once(rows, f"records of {code}; keep one of each")
        return rows.set_index("USUBJID")

    @staticmethod
    def check_once(rows: pd.DataFrame, what: str) -> None:
        """Refuse subjects who are there more than once."""
        twice = list(dict.fromkeys(rows.loc[rows["USUBJID"].duplicated(), "USUBJID"]))
        if twice:
            raise InputError(f"{len(twice)} USUBJID have several {what}: {_listed(twice)}")

    def check_subjects(self, everybody: Sequence[str], records: str) -> None:
        """Refuse an ADSL with several rows for a subject, or without one of ADTTE's."""
        try:
            self.check_once(self.rows, "rows; ADSL has one for each")
        except InputError as error:
            raise error.within(self.where) from None
        missing = [each for each in everybody if each not in set(self.rows["USUBJID"])]
        if missing:
            raise InputError(
                f"{len(missing)} subjects of {records} are missing: {_listed(missing)}; complete "
                "ADSL or take them out",
                where=self.where,
            )

    def values(self, name: str, everybody: Sequence[str]) -> "pd.Series[Any]":
        """Return a variable by subject; one of several records must not contradict another."""
        pairs = self.rows[["USUBJID", name]].dropna().drop_duplicates()
        twice = pairs.loc[pairs["USUBJID"].duplicated(), "USUBJID"].tolist()
        if twice:
            raise InputError(
                f"{name} differs between records of {_listed(twice)}", where=self.where
            )
        return pairs.set_index("USUBJID")[name].reindex(pd.Index(everybody))


def _listed(subjects: Sequence[str]) -> str:
    more = f" and {len(subjects) - _SHOWN} more" if len(subjects) > _SHOWN else ""
    return ", ".join(subjects[:_SHOWN]) + more


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


def _side_by_side(parts: Mapping[str, pd.DataFrame], everybody: Sequence[str]) -> pd.DataFrame:
    main, *others = parts
    rows = parts[main].reindex(pd.Index(everybody))
    for name in others:
        rows = rows.join(parts[name].add_prefix(f"{name}_"))
    return rows.rename_axis("patient")


def _covariates(
    sources: Sequence[_Data], columns: Mapping[str, str], everybody: Sequence[str]
) -> tuple[pd.DataFrame, dict[str, tuple[str, ...]]]:
    """Return the covariates, and the arm's levels in the order of their numbers."""
    if len(set(columns.values())) < len(columns):
        raise InputError("two variables have one name; give each its own", where="columns")
    found: dict[str, pd.Series[Any]] = {}
    for variable, name in columns.items():
        found[name] = _variable(sources, variable.upper(), everybody)
    there = [str(name) for source in sources for name in source.rows]
    for name in there:
        if name.startswith("STRAT") and name not in found:
            found[name] = _variable(sources, name, everybody)
    levels: dict[str, tuple[str, ...]] = {}
    arm = next((name for name in _ARMS if name in there), None)
    if arm and "arm" not in found:
        found["arm"] = _variable(sources, arm, everybody)
        if _ARMS[arm] in there:
            numbers = _variable(sources, _ARMS[arm], everybody)
            levels["arm"] = _in_order(found["arm"], numbers, sources[0].where)
    return pd.DataFrame(found, index=pd.Index(everybody)), levels


def _variable(sources: Sequence[_Data], name: str, everybody: Sequence[str]) -> "pd.Series[Any]":
    held = [source.values(name, everybody) for source in sources if name in source.rows]
    if not held:
        there = sorted({str(each) for source in sources for each in source.rows})
        raise InputError(
            f"there is no variable {name}{suggestion(name, there)}; variables are "
            f"{', '.join(each for each in there if each != 'ROW')}",
            where=" and ".join(source.where for source in sources),
        )
    values = held[0]
    for other in held[1:]:
        differ = values.notna() & other.notna() & (values.map(plain_text) != other.map(plain_text))
        if differ.any():
            raise InputError(
                f"{name} is another in {sources[0].where} than in {sources[1].where} for "
                f"{_listed(list(values.index[differ]))}"
            )
        values = values.where(values.notna(), other)
    return values


def _in_order(arms: "pd.Series[Any]", numbers: "pd.Series[Any]", where: str) -> tuple[str, ...]:
    pairs = pd.DataFrame({"arm": arms, "number": numbers}).dropna().drop_duplicates()
    if pairs["arm"].duplicated().any() or pairs["number"].duplicated().any():
        told = "; ".join(f"{row.arm}: {row.number:g}" for row in pairs.itertuples())
        raise InputError(f"TRT01P and TRT01PN contradict each other ({told})", where=where)
    return tuple(map(plain_text, pairs.sort_values("number")["arm"]))
