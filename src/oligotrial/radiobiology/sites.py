"""Several irradiated sites in one patient: one BED by a rule that has to be named."""

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import pandas as pd

from oligotrial.checks import InputError, listed, suggestion
from oligotrial.radiobiology.model import LINEAR_QUADRATIC, BedModel
from oligotrial.radiobiology.table import bed_column

__all__ = ["Maximum", "Mean", "Minimum", "PerLesion", "SiteRule", "bed_by_patient"]

LEVEL_COLUMN: Final = "dose_level"


class SiteRule(Protocol):
    """How the lesions of a patient become rows with one BED each."""

    @property
    def name(self) -> str:
        """What the rule is called in the table."""
        ...

    def rows(self, lesions: pd.DataFrame) -> pd.DataFrame:
        """Return the rows that stand for the patients.

        Parameters
        ----------
        lesions : pandas.DataFrame
            Columns patient, lesions, schedule, dose_level and bed_gy.

        Returns
        -------
        pandas.DataFrame
            The same columns.
        """
        ...


@dataclass(frozen=True)
class Maximum:
    """The lesion with the highest BED stands for the patient; the first of equals.

    Examples
    --------
    >>> Maximum().name
    'maximum'
    """

    @property
    def name(self) -> str:
        """Always "maximum"."""
        return "maximum"

    def rows(self, lesions: pd.DataFrame) -> pd.DataFrame:
        """Return each patient's lesion with the highest BED."""
        return lesions.loc[lesions.groupby("patient", sort=False)["bed_gy"].idxmax()]


@dataclass(frozen=True)
class Minimum:
    """The lesion with the lowest BED stands for the patient; the first of equals.

    Examples
    --------
    >>> Minimum().name
    'minimum'
    """

    @property
    def name(self) -> str:
        """Always "minimum"."""
        return "minimum"

    def rows(self, lesions: pd.DataFrame) -> pd.DataFrame:
        """Return each patient's lesion with the lowest BED."""
        return lesions.loc[lesions.groupby("patient", sort=False)["bed_gy"].idxmin()]


@dataclass(frozen=True)
class Mean:
    """The mean of the lesions' BEDs, each counting once; no single schedule stands for it.

    Examples
    --------
    >>> Mean().name
    'mean'
    """

    @property
    def name(self) -> str:
        """Always "mean"."""
        return "mean"

    def rows(self, lesions: pd.DataFrame) -> pd.DataFrame:
        """Return a row a patient, its schedule missing."""
        groups = lesions.groupby("patient", sort=False)
        means = groups.head(1).assign(schedule=None, dose_level=None)
        return means.assign(bed_gy=groups["bed_gy"].mean().to_numpy())


@dataclass(frozen=True)
class PerLesion:
    """Every lesion is kept as a row of its own.

    Rows of one patient are not independent: whatever is fitted to them needs an effect of the
    patient, or errors that allow for it.

    Examples
    --------
    >>> PerLesion().name
    'per lesion'
    """

    @property
    def name(self) -> str:
        """Always "per lesion"."""
        return "per lesion"

    def rows(self, lesions: pd.DataFrame) -> pd.DataFrame:
        """Return the lesions."""
        return lesions


def bed_by_patient(
    lesions: pd.DataFrame,
    alpha_beta: float,
    *,
    rule: SiteRule,
    patient: str = "patient",
    schedule: str = "schedule",
    model: BedModel = LINEAR_QUADRATIC,
) -> pd.DataFrame:
    """Return one BED a patient from a table of irradiated lesions, by a named rule.

    Parameters
    ----------
    lesions : pandas.DataFrame
        One row a lesion; a column `dose_level`, where there is one, says which dose of its
        schedule counts.
    alpha_beta : float
        The alpha/beta ratio, Gy.
    rule : SiteRule
        `Maximum`, `Minimum`, `Mean` or `PerLesion`; there is no default, since results hang
        on it.
    patient, schedule : str, optional
        The columns that say whose lesion it is and how it was treated.
    model : BedModel, optional
        Linear-quadratic, with complete repair also at two a day, where none is given.

    Returns
    -------
    pandas.DataFrame
        Columns patient, lesions (how many the patient has), schedule and dose_level (of the
        lesion that stands for the patient; missing for the mean), bed_gy and rule. Patients
        stand in order of their first row; lesions, if they are kept, in the order given.

    Raises
    ------
    InputError
        If a column or a patient's name is missing, or a schedule can't be read.

    Examples
    --------
    >>> lesions = pd.DataFrame(
    ...     {"patient": ["a", "a", "b"], "schedule": ["50/5", "30/10", "24/2"]}
    ... )
    >>> bed_by_patient(lesions, 4.0, rule=Minimum())[["patient", "lesions", "schedule", "bed_gy"]]
      patient  lesions schedule  bed_gy
    0       a        2    30/10    52.5
    1       b        1     24/2    96.0
    """
    for name in (patient, schedule):
        if name not in lesions:
            names = [str(each) for each in lesions.columns]
            raise InputError(
                f"there is no column '{name}'{suggestion(name, names)}; columns are "
                f"{', '.join(names)}"
            )
    missing = np.flatnonzero(lesions[patient].isna()) + 1
    if missing.size:
        rows = f"row{'s' if missing.size > 1 else ''} {listed(missing.tolist())}"
        raise InputError("it isn't said whose lesion this is", where=f"{rows}, column {patient}")
    levels = lesions.get(LEVEL_COLUMN)
    table = pd.DataFrame(
        {
            "patient": lesions[patient].to_numpy(),
            "lesions": lesions.groupby(patient)[schedule].transform("size").to_numpy(),
            "schedule": lesions[schedule].to_numpy(),
            "dose_level": "boost" if levels is None else levels.fillna("boost").to_numpy(),
            "bed_gy": bed_column(lesions[schedule], alpha_beta, levels=levels, model=model),
        }
    )
    return rule.rows(table).reset_index(drop=True).assign(rule=rule.name)
