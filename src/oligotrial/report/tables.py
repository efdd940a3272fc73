"""The tables of a report as CSV and JSON files."""

import json
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from oligotrial.report.contents import Contents
from oligotrial.report.numbers import slug
from oligotrial.report.parts import ModelPart

__all__ = ["Table", "as_csv", "as_json", "tables"]


@dataclass(frozen=True, eq=False)
class Table:
    """A table that goes to a pair of files.

    Parameters
    ----------
    name : str
        File name without its ending.
    title : str
        What the table shows.
    frame : pandas.DataFrame
        The numbers.
    warnings : tuple of str
        What makes the numbers unfit for use.

    Examples
    --------
    >>> Table("power", "Power", pd.DataFrame({"patients": [100]})).name
    'power'
    """

    name: str
    title: str
    frame: pd.DataFrame
    warnings: tuple[str, ...] = ()


def tables(contents: Contents) -> tuple[Table, ...]:
    """Return every table of a report that has rows.

    Parameters
    ----------
    contents : Contents
        What the report shows.

    Returns
    -------
    tuple of Table
        The tables, with names unlike each other.
    """
    found = [*_trial_tables(contents), *_cohort_tables(contents)]
    for model in contents.models:
        found.extend(_model_tables(model, contents.model_alarms(model)))
    return tuple(table for table in found if len(table.frame))


def as_csv(frame: pd.DataFrame) -> bytes:
    r"""Return a table as CSV, floats with all their digits.

    Parameters
    ----------
    frame : pandas.DataFrame
        The table; its index is left out.

    Returns
    -------
    bytes
        UTF-8 text with line feeds; missing values are empty.

    Examples
    --------
    >>> as_csv(pd.DataFrame({"power": [0.1 + 0.2]}))
    b'power\n0.30000000000000004\n'
    """
    return frame.to_csv(index=False, lineterminator="\n").encode()


def as_json(table: Table, label: str) -> bytes:
    """Return a table as JSON, with its warnings and whose data it is from.

    Parameters
    ----------
    table : Table
        The table.
    label : str
        The cohort's label.

    Returns
    -------
    bytes
        An object with keys title, warnings, cohort, columns and rows; missing values are
        null, infinite ones the strings "inf" and "-inf".

    Examples
    --------
    >>> table = Table("t", "T", pd.DataFrame({"n": [2]}))
    >>> json.loads(as_json(table, "made up"))["rows"]
    [{'n': 2}]
    """
    rows = [
        {str(key): plain(value) for key, value in row.items()}
        for row in table.frame.to_dict(orient="records")
    ]
    columns = [str(column) for column in table.frame.columns]
    page = {"title": table.title, "warnings": list(table.warnings), "cohort": label}
    return encode(page | {"columns": columns, "rows": rows})


def encode(value: object) -> bytes:
    """Return a value as indented JSON text.

    Parameters
    ----------
    value : object
        Dictionaries, lists, strings, finite numbers, None.

    Returns
    -------
    bytes
        UTF-8 text that ends with a line feed.
    """
    text = json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False)
    return (text + "\n").encode()


def plain(value: Any) -> Any:
    """Return a value as JSON can hold it.

    Parameters
    ----------
    value : object
        A cell of a table.

    Returns
    -------
    object
        A string, boolean, finite number or None.

    Examples
    --------
    >>> plain(float("nan")), plain(float("inf")), plain(3)
    (None, 'inf', 3)
    """
    item = value.item() if hasattr(value, "item") else value
    if item is None or item is pd.NA or item is pd.NaT:
        return None
    if isinstance(item, float) and not math.isfinite(item):
        return None if math.isnan(item) else str(item)
    return item if isinstance(item, bool | int | float | str) else str(item)


def _trial_tables(contents: Contents) -> Iterator[Table]:
    alarms = contents.main_alarms
    if contents.recommended:
        frame = pd.DataFrame([asdict(contents.recommended)])
        yield Table("recommended", "Recommended design", frame, alarms)
    if contents.rule:
        yield Table("rule", "The decision rule, look by look", contents.rule.table)
    yield Table("operating", "Operating characteristics by size", contents.operating, alarms)
    yield Table("schoenfeld", "Closed-form power by size", contents.schoenfeld)
    yield Table("effect_prior", "Prior of the hazard ratio", contents.effect_prior)
    yield Table("control_check", "Implied and published medians", contents.control_check, alarms)
    for part, name in zip(contents.sensitivity, sensitivity_names(contents), strict=True):
        yield Table(name, part.title, part.table, alarms)


def sensitivity_names(contents: Contents) -> list[str]:
    """Return a file name for each sensitivity analysis, unlike each other.

    Parameters
    ----------
    contents : Contents
        What the report shows.

    Returns
    -------
    list of str
        Names without an ending.
    """
    names: list[str] = []
    for part in contents.sensitivity:
        name = f"sensitivity-{slug(part.title)[:60]}"
        names.append(f"{name}-{len(names) + 1}" if name in names else name)
    return names


def _cohort_tables(contents: Contents) -> Iterator[Table]:
    yield Table("cohort", "Baseline characteristics", contents.cohort_table)
    yield Table("table_one", "Table 1", contents.table_one)
    yield Table("score", "Printed numbers that are reproduced", contents.score)
    yield Table("printed", "Printed medians and rates", contents.printed)
    yield Table("agreement", "Printed and reconstructed numbers", contents.agreement)
    yield Table("cohort_curves", "Kaplan-Meier curves of the cohort", contents.cohort_curves)
    yield Table("bed", "Schedules and biologically effective doses", contents.bed_table)
    yield Table("assumptions", "Assumptions", contents.assumptions)
    yield Table("provenance", "Provenance", contents.provenance)


def _model_tables(model: ModelPart, alarms: tuple[str, ...]) -> Iterator[Table]:
    parts = {
        "priors": model.priors,
        "effects": model.effects,
        "diagnostics": model.diagnostics,
        "curves": model.curves,
        "medians": model.medians,
        "predictive": model.predictive,
        "sensitivity": model.sensitivity,
    }
    for part, frame in parts.items():
        title = f"{part.capitalize()} of model {model.name}"
        yield Table(f"model-{slug(model.name)}-{part}", title, frame, alarms)
