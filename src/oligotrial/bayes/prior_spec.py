"""Priors as a TOML file states them: by their numbers, or by quantiles."""

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from typing import Any

from oligotrial.bayes.elicit import elicit
from oligotrial.bayes.families import FAMILIES, Prior
from oligotrial.bayes.priors import DEFAULTS, Priors
from oligotrial.checks import InputError, known_keys, one_of
from oligotrial.units import MONTHS_PER

__all__ = ["UNITS", "priors_from"]


def _months(unit: str) -> float:
    return MONTHS_PER[one_of(unit, list(MONTHS_PER), "unit")]


def _tens_of_gray(unit: str) -> float:
    found = re.fullmatch(r"per (\d+(?:\.\d+)?) ?Gy", unit)
    if found is None or float(found[1]) == 0.0:
        raise InputError(f"'{unit}' is not a dose such as \"per 5 Gy\"", where="unit")
    return 10.0 / float(found[1])


UNITS: Mapping[str, Callable[[str], float]] = {"median": _months, "bed": _tens_of_gray}
"""Priors that may be stated in a unit, and by what it is multiplied: times become months, slopes
on a dose those per 10 Gy."""

MISFIT = 0.05
"""Above it quantiles are refused: the prior printed would not be the one that was stated."""


def priors_from(tables: Mapping[str, Mapping[str, Any]]) -> Priors:
    """Return priors from the tables of a specification.

    Parameters
    ----------
    tables : mapping
        By the prior's name, a mapping with the numbers of its family. The family is the
        default's unless `family` names another one. In place of numbers, `quantiles` maps
        percentages to values: ``{"2.5%" = 3, "97.5%" = 40}``. A prior about a time may state
        its `unit`, ``"years"``, and one about a slope on BED its dose, ``"per 5 Gy"``.

    Returns
    -------
    Priors
        The priors.

    Raises
    ------
    InputError
        If a name, key, family or unit is unknown, a number is missing or out of range, or no
        prior of the family has the quantiles.

    Examples
    --------
    >>> given = priors_from({"bed": {"family": "student-t", "df": 4, "centre": 0, "scale": 0.1}})
    >>> given["bed"].words
    "Student's t(df 4, centre 0, scale 0.1)"
    """
    known_keys(tables, list(DEFAULTS), "key priors")
    given = []
    for name, table in tables.items():
        where = f"key priors.{name}"
        try:
            given.append((name, _prior(name, table, where)))
            Priors((given[-1],))
        except InputError as error:
            if error.where and error.where.startswith("key "):
                raise
            raise InputError(error.problem, where=_place(where, error.where)) from None
    return Priors(tuple(given))


def _place(where: str, inner: str | None) -> str:
    named = inner and not inner.startswith("priors.")
    return f"{where}.{inner}" if named else where


def _prior(name: str, table: Mapping[str, Any], where: str) -> Prior:
    default = DEFAULTS[name]
    family = _family(default, table)
    names = [each.name for each in fields(family)]
    special = ["family", "quantiles", *(["unit"] if name in UNITS else [])]
    known_keys(table, [*names, *special], where)
    numbers = {each: _number(table[each], each) for each in names if each in table}
    if "quantiles" in table:
        prior = _elicited(family, table["quantiles"], numbers)
    else:
        prior = family(**_completed(default, family, numbers, unit="unit" in table))
    if "unit" in table:
        prior = prior.times(UNITS[name](str(table["unit"])))
    return prior  # type: ignore[no-any-return]


def _completed(
    default: Prior, family: Any, numbers: Mapping[str, float], *, unit: bool
) -> dict[str, float]:
    """Return a family's numbers, with the default's where they aren't given.

    Numbers in a stated unit have none: the default's are in months, or per 10 Gy.
    """
    before = asdict(default) if type(default) is family else {}
    for name in family.in_units if unit else ():
        before.pop(name, None)
    found: dict[str, float] = {**before, **numbers}
    for field in fields(family):
        if field.name not in found:
            raise InputError("this key is missing; add it", where=field.name)
    return found


def _family(default: Prior, table: Mapping[str, Any]) -> Any:
    if "family" not in table:
        return type(default)
    return FAMILIES[one_of(str(table["family"]), list(FAMILIES), "family")]


def _number(value: object, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(f"{value!r} won't do: give a number", where=name)
    return float(value)


def _elicited(family: Any, stated: object, numbers: Mapping[str, float]) -> Any:
    if not isinstance(stated, Mapping):
        raise InputError(
            'give a table of values by percentages, such as {"2.5%" = 3, "97.5%" = 40}',
            where="quantiles",
        )
    quantiles = {
        _percentage(key): _number(value, f"quantiles.{key}") for key, value in stated.items()
    }
    found = elicit(family, quantiles, fixed=numbers)
    if found.misfit > MISFIT:
        raise InputError(
            f"{found.words}; state fewer quantiles, or another family", where="quantiles"
        )
    return found.prior


def _percentage(key: str) -> float:
    try:
        share = float(key.removesuffix("%")) / 100.0 if key.endswith("%") else float(key)
    except ValueError:
        raise InputError(
            f"'{key}' is not a percentage such as \"2.5%\"", where="quantiles"
        ) from None
    if not 0.0 < share < 1.0:
        raise InputError(
            f"'{key}' is not between 0% and 100%; write a percentage such as \"2.5%\"",
            where="quantiles",
        )
    return share
