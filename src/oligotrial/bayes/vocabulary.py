"""What may stand in a formula: each call's options, and the term that it makes."""

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from oligotrial.bayes.calls import (
    FORMULA,
    Call,
    Reader,
    flag,
    number,
    numbers,
    object_of,
    one_word_of,
    read_call,
    read_options,
    whole,
    word,
    wrong,
)
from oligotrial.bayes.terms import (
    Absent,
    Bed,
    Factor,
    Horseshoe,
    Imputed,
    Linear,
    Monotone,
    Pooled,
    Rising,
    Spline,
    Strata,
    Term,
    Threshold,
    TimeVarying,
    frailty,
)
from oligotrial.bayes.terms.base import Columns, Quantity
from oligotrial.bayes.terms.varying import varying
from oligotrial.bayes.uncertain_bed import UncertainBed
from oligotrial.checks import InputError, suggestion
from oligotrial.radiobiology import (
    LINEAR_QUADRATIC,
    AlphaBeta,
    BedModel,
    IncompleteRepair,
    LinearQuadraticLinear,
    Repopulation,
    UniversalSurvivalCurve,
    sourced_alpha_beta,
)

if TYPE_CHECKING:
    from oligotrial.radiobiology.kinetics import Repair, Tumour
    from oligotrial.radiobiology.response import DoseResponse

__all__ = ["TERMS", "Maker", "term_of"]


@dataclass(frozen=True)
class Maker:
    """How a call becomes a term.

    Parameters
    ----------
    make : callable
        Takes what is in the call, then its options by keyword.
    options : mapping of str to Reader
        What reads each option.
    takes : callable, optional
        Makes of the call what `make` is given first; its one column where it is left out.
    """

    make: Callable[..., Term]
    options: Mapping[str, Reader]
    takes: Callable[[Call], Any]


def term_of(text: str) -> Term:
    """Return the term that a part of a formula stands for.

    Parameters
    ----------
    text : str
        A column, or a call such as ``pooled(subtype)``.

    Returns
    -------
    Term
        The term.

    Raises
    ------
    InputError
        If there is no such term, or its options are wrong.

    Examples
    --------
    >>> term_of("linear(age, centre=60, per=10)")
    Linear(column='age', centre=60.0, per=10.0)
    """
    call = read_call(text)
    return Linear(text.strip()) if call is None else _made(call)


def _made(call: Call) -> Term:
    if call.name not in TERMS:
        raise wrong(
            f"there is no term '{call.name}'{suggestion(call.name, TERMS)}; there are "
            f"{', '.join(TERMS)} and plain columns"
        )
    maker = TERMS[call.name]
    given = maker.takes(call)
    try:
        return maker.make(given, **read_options(call, maker.options))
    except InputError as error:
        if error.where == FORMULA:
            raise
        raise wrong(f"in '{call.text}', {error.where or call.name}: {error.problem}") from None


def _one_column(call: Call) -> str:
    if len(call.arguments) != 1:
        raise wrong(f"'{call.text}' has to name one column")
    return call.columns[0]


def _inner(call: Call, *, allowed: tuple[str, ...]) -> Term | str:
    """Return the column, or the term of the call, that is the one argument of a call."""
    if len(call.arguments) != 1:
        raise wrong(f"'{call.text}' has to name one column")
    (inner,) = call.arguments
    if isinstance(inner, str):
        return inner
    if inner.name not in allowed:
        raise wrong(
            f"'{inner.text}' in '{call.text}' is not the name of a column, nor one of "
            f"{', '.join(allowed)}"
        )
    return _made(inner)


def _quantity(call: Call) -> Quantity | str:
    """Return the column, or the number, that a curve is drawn over."""
    inner = _inner(call, allowed=("linear", "bed"))
    if not isinstance(inner, str | Quantity):
        raise wrong(f"'{call.text}' draws a curve over what is one; take form= out")
    return inner


def _effect(call: Call) -> Columns:
    """Return the constant effect that varies over time."""
    inner = _inner(call, allowed=("linear", "bed", "factor"))
    if isinstance(inner, str):
        return Linear(inner)
    if not isinstance(inner, Quantity | Factor):
        raise wrong(f"in '{call.text}' a curve varies, for which there is no term; take form= out")
    return inner


def _columns(call: Call) -> tuple[str, ...]:
    return call.columns


def _spline(of: Quantity | str, *, knots: int = Spline.inner, centre: float | None = None) -> Term:
    if isinstance(of, Quantity):
        if centre is not None:
            raise InputError("the number in brackets has a centre of its own", where="centre")
        return Spline(of, knots, at=0.0)
    if centre is None:
        return Spline(Linear(of), knots)
    return Spline(Linear(of, centre), knots, at=0.0)


def _threshold(of: Quantity | str, *, width: float | None = None) -> Term:
    return Threshold(of if isinstance(of, Quantity) else Linear(of), width)


def _monotone(
    of: Quantity | str,
    *,
    pieces: int | None = None,
    missing: Callable[[Monotone], Term] | None = None,
) -> Term:
    if isinstance(of, Quantity):
        if missing:
            raise InputError("is of an ordered factor; write linear(missing=)", where="missing")
        return Rising(of) if pieces is None else Rising(of, pieces)
    if pieces is not None:
        raise InputError(
            f"an ordered factor has no pieces; for a number write monotone(linear({of}))",
            where="pieces",
        )
    return missing(Monotone(of)) if missing else Monotone(of)


def _linear(
    column: str,
    *,
    centre: float = Linear.centre,
    per: float = Linear.per,
    missing: Callable[[Linear], Term] | None = None,
) -> Term:
    term = Linear(column, centre, per)
    return missing(term) if missing else term


def _varying(
    of: Columns, *, intervals: int | None = None, cuts: tuple[float, ...] = ()
) -> TimeVarying:
    return varying(of, intervals, cuts)


def _horseshoe(columns: tuple[str, ...], *, relevant: float | None = None) -> Term:
    return Horseshoe(columns, relevant)


def _bed(
    column: str,
    *,
    form: Callable[[Quantity], Term] | None = None,
    alpha_beta: float | AlphaBeta = Bed.alpha_beta,
    reference_gy: float = Bed.reference_gy,
    response: "DoseResponse" = LINEAR_QUADRATIC.response,
    repair: "Repair" = LINEAR_QUADRATIC.repair,
    repopulation: "Tumour" = LINEAR_QUADRATIC.repopulation,
) -> Term:
    model = BedModel(response, repair, repopulation)
    if isinstance(alpha_beta, AlphaBeta) and not alpha_beta.is_known:
        uncertain = UncertainBed(column, alpha_beta, reference_gy, model)
        return form(uncertain) if form else uncertain
    ratio = alpha_beta.median_gy if isinstance(alpha_beta, AlphaBeta) else alpha_beta
    known = Bed(column, ratio, reference_gy, model)
    return form(known) if form else known


def _factor(
    column: str, *, reference: str = "", missing: Callable[[Factor], Term] | None = None
) -> Term:
    term = Factor(column, reference)
    return missing(term) if missing else term


def _pooled(
    column: str,
    *,
    sd: float | None = None,
    new_level: bool = False,
    missing: Callable[[Pooled], Term] | None = None,
) -> Term:
    term = Pooled(column, sd=sd, new_level=new_level)
    return missing(term) if missing else term


def _log_normal(*, median: float, sd_log: float) -> AlphaBeta:
    return AlphaBeta(median, sd_log)


_log_normal_of = object_of({"log_normal": _log_normal})


def _ratio(node: ast.expr, option: str, text: str) -> float | AlphaBeta:
    """Return a number, a sourced prior by its name, or a log-normal prior."""
    if isinstance(node, ast.Call):
        prior: AlphaBeta = _log_normal_of(node, option, text)
        return prior
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        try:
            return sourced_alpha_beta(node.value)
        except InputError as error:
            raise wrong(
                f"'{option}={node.value!r}' in '{text}' is not a number: {error.problem}"
            ) from None
    return number(node, option, text)


_RESPONSES = {
    "linear_quadratic_linear": LinearQuadraticLinear,
    "universal_survival_curve": UniversalSurvivalCurve,
}
_BED_OPTIONS: Mapping[str, Reader] = {
    "form": one_word_of({"spline": _spline, "threshold": _threshold, "monotone": _monotone}),
    "alpha_beta": _ratio,
    "reference_gy": number,
    "response": object_of(_RESPONSES),
    "repair": object_of({"incomplete_repair": IncompleteRepair}),
    "repopulation": object_of({"repopulation": Repopulation}),
}
_LINEAR_OPTIONS: Mapping[str, Reader] = {
    "centre": number,
    "per": number,
    "missing": one_word_of({"normal": Imputed}),
}
_CATEGORICAL = one_word_of({"categorical": Absent})
_ORDERED = one_word_of({"ordered": Absent})
_POOLED_OPTIONS: Mapping[str, Reader] = {
    "sd": number,
    "new_level": flag,
    "missing": _CATEGORICAL,
}
TERMS: Mapping[str, Maker] = {
    "bed": Maker(_bed, _BED_OPTIONS, _one_column),
    "linear": Maker(_linear, _LINEAR_OPTIONS, _one_column),
    "factor": Maker(_factor, {"reference": word, "missing": _CATEGORICAL}, _one_column),
    "spline": Maker(_spline, {"knots": whole, "centre": number}, _quantity),
    "threshold": Maker(_threshold, {"width": number}, _quantity),
    "monotone": Maker(_monotone, {"pieces": whole, "missing": _ORDERED}, _quantity),
    "pooled": Maker(_pooled, _POOLED_OPTIONS, _one_column),
    "frailty": Maker(frailty, {}, _one_column),
    "horseshoe": Maker(_horseshoe, {"relevant": number}, _columns),
    "tv": Maker(_varying, {"intervals": whole, "cuts": numbers}, _effect),
    "strata": Maker(Strata, {}, _one_column),
}
"""The calls that there are, by name."""
