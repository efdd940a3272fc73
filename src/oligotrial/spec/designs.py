"""From a specification to the design of a size."""

from oligotrial.checks import InputError
from oligotrial.spec.trial import TrialSpec
from oligotrial.trial import Design, LogRank, Recruitment, Repeated, SequentialLogRank, Test
from oligotrial.trial.decide import Analysis

__all__ = ["make_design"]


def make_design(spec: TrialSpec, patients: int, *, accrual: Recruitment, final: Analysis) -> Design:
    """Return the design of a number of patients.

    Parameters
    ----------
    spec : TrialSpec
        The specification.
    patients : int
        Patients to enrol.
    accrual : Recruitment
        How they come in.
    final : Analysis
        What is computed at the end.

    Returns
    -------
    Design
        The design.

    Raises
    ------
    InputError
        If looks, events, allocation and rule don't fit together.
    """
    events = round(spec.design.events_per_patient * patients)
    ruled = spec.design.looks or spec.design.monitoring
    return Design(
        patients,
        spec.design.moments(patients, events),
        _test(spec, final, events),
        accrual,
        allocation=spec.design.allocation,
        block_size=spec.design.block_size,
        dropout_per_month=spec.dropout.per_month,
        strata=spec.population.strata,
        imaging=spec.imaging.calendars if spec.imaging else None,
        off_protocol=spec.off_protocol.rule if spec.off_protocol else None,
        obey_futility=ruled.obey_futility if ruled is not None else True,
    )


def _test(spec: TrialSpec, final: Analysis, events: int) -> Test:
    """Return what decides a design with so many events."""
    control, experimental = spec.design.allocation
    share = experimental / (control + experimental)
    design = spec.design
    for name in ("monitoring", "screening"):
        ruled = getattr(design, name)
        if ruled is not None:
            try:
                made: Test = ruled.rule(final, events, share)
            except InputError as error:
                raise _below(name, error) from None
            return made
    if design.looks is None:
        return final
    rule = design.looks.rule(spec.analysis.alpha)
    if design.looks.spend_by is not None:
        seen = design.looks.observed(SequentialLogRank(rule, events, share))
        return seen if final == LogRank(spec.analysis.alpha) else Repeated(final, seen)
    if design.looks.when is None and final == LogRank(spec.analysis.alpha):
        return SequentialLogRank(rule, events, share)
    return Repeated(final, rule)


def _below(name: str, error: InputError) -> InputError:
    """Return a mistake of a table as one of the design's; the events are the design's own."""
    if error.where == "events":
        return error
    return InputError(error.problem, where=f"{name}.{error.where}" if error.where else name)
