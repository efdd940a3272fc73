"""Read a study, and check before anything runs all that can be checked."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from oligotrial import toml
from oligotrial.checks import InputError
from oligotrial.protocol import CentresSpec
from oligotrial.protocol.moments import awaited_events
from oligotrial.radiobiology import Schedule
from oligotrial.simulate.forecast import expected_enrolment
from oligotrial.spec.study import Study
from oligotrial.spec.trial import TrialSpec

__all__ = ["read_study"]


def read_study(path: Path) -> Study:
    """Read a trial and check all that can be checked before anything runs.

    Parameters
    ----------
    path : pathlib.Path
        A study's folder, or its `trial.toml`.

    Returns
    -------
    Study
        The study.

    Raises
    ------
    InputError
        If a file is missing, or a key is unknown, missing or out of its range.
    """
    file = path / "trial.toml" if path.is_dir() else path
    study = Study(file, toml.read(file, TrialSpec))
    if not study.model_path.is_file():
        raise InputError(
            f"there is no model at '{study.model_path}'; give the path of a folder with a "
            "model.toml, from this file's folder",
            where=study.where("model"),
        )
    _check_schedules(study, ("population.schedule", "effect.schedule"))
    _check_accrual(study)
    _ = study.control_shift, study.effect_prior, study.compared
    return study


def _check_schedules(study: Study, keys: Sequence[str]) -> None:
    for key in keys:
        part, name = key.split(".")
        written = getattr(getattr(study.spec, part), name)
        try:
            schedule = Schedule.parse(written)
        except InputError as error:
            raise error.within(study.where(key)) from None
        if schedule.is_range:
            raise InputError(
                f"'{written}' is a range; give the one course that is meant",
                where=study.where(key),
            )


def _check_accrual(study: Study) -> None:
    """Refuse, before anything is fitted, a trial that can't even enrol as many as it needs."""
    months, accrual = study.spec.design.longest_months, study.spec.accrual
    for design in study.designs:
        with np.errstate(over="ignore"):  # a rate beyond all numbers enrols everybody at once
            enrolled = expected_enrolment(design, months)
        needed = max(map(awaited_events, design.looks))
        if needed > enrolled:
            who, key = "the periods", "periods"
            mend = "raise rates"
            if isinstance(accrual, CentresSpec):
                who, key = (
                    f"{accrual.centres} centre{'s' if accrual.centres > 1 else ''}",
                    "centres",
                )
                mend = "add centres"
            raise InputError(
                f"{who} enrol about {enrolled:.0f} patients in {months:g} months, fewer than the "
                f"{needed} events that the design with {design.patients} patients needs; {mend}, "
                "ask for fewer events or raise design.longest_months",
                where=study.where(f"accrual.{key}"),
            )
