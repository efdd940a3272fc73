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
    object_of,
    read_call,
    read_options,
    word,
    wrong,
)
from oligotrial.bayes.terms import Bed, Factor, Linear, Monotone, Pooled, Term, frailty
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


def _bed(
    column: str,
    *,
    alpha_beta: float | AlphaBeta = Bed.alpha_beta,
    reference_gy: float = Bed.reference_gy,
    response: "DoseResponse" = LINEAR_QUADRATIC.response,
    repair: "Repair" = LINEAR_QUADRATIC.repair,
    repopulation: "Tumour" = LINEAR_QUADRATIC.repopulation,
) -> Term:
    model = BedModel(response, repair, repopulation)
    if not isinstance(alpha_beta, AlphaBeta):
        return Bed(column, alpha_beta, reference_gy, model)
    if alpha_beta.is_known:
        return Bed(column, alpha_beta.median_gy, reference_gy, model)
    return UncertainBed(column, alpha_beta, reference_gy, model)


def _factor(column: str, *, reference: str = "") -> Term:
    return Factor(column, reference)


def _pooled(column: str, *, sd: float | None = None, new_level: bool = False) -> Term:
    return Pooled(column, sd=sd, new_level=new_level)


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
    "alpha_beta": _ratio,
    "reference_gy": number,
    "response": object_of(_RESPONSES),
    "repair": object_of({"incomplete_repair": IncompleteRepair}),
    "repopulation": object_of({"repopulation": Repopulation}),
}
TERMS: Mapping[str, Maker] = {
    "bed": Maker(_bed, _BED_OPTIONS, _one_column),
    "linear": Maker(Linear, {"centre": number, "per": number}, _one_column),
    "factor": Maker(_factor, {"reference": word}, _one_column),
    "monotone": Maker(Monotone, {}, _one_column),
    "pooled": Maker(_pooled, {"sd": number, "new_level": flag}, _one_column),
    "frailty": Maker(frailty, {}, _one_column),
}
"""The calls that there are, by name."""
