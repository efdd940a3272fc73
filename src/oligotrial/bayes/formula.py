"""A formula as statisticians write it, taken apart and never evaluated as code."""

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from oligotrial.bayes.calls import (
    FORMULA,
    Call,
    Reader,
    number,
    object_of,
    read_call,
    read_options,
    wrong,
)
from oligotrial.bayes.terms import Bed, Linear, Monotone, Pooled, Term
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
    from formulaic.parser.types import Term as FormulaicTerm

    from oligotrial.radiobiology.kinetics import Repair, Tumour
    from oligotrial.radiobiology.response import DoseResponse

__all__ = ["Formula"]

RESERVED = (
    "time", "event", "follow_up", "median", "shape", "smoothing", "walk", "bed", "alpha_beta",
)  # fmt: skip
"""Names that the model has for itself."""


@dataclass(frozen=True)
class Formula:
    """A survival formula.

    Parameters
    ----------
    text : str
        For example ``Surv(time, event) ~ bed(schedule, alpha_beta=4) + monotone(line)``.
        Terms are columns (linear effects), `bed`, `monotone` and `pooled`; ``1`` for none.
        The ratio of `bed` may be a number, the name of a sourced prior
        (``alpha_beta='breast_start_a'``) or ``alpha_beta=log_normal(median=4, sd_log=0.3)``.
        BED is corrected by ``response=linear_quadratic_linear(transition_gy=8)`` or
        ``universal_survival_curve(alpha_per_gy=..., d0_gy=..., dq_gy=...)``,
        ``repair=incomplete_repair(half_time_hours=1.5, interval_hours=6)`` and
        ``repopulation=repopulation(onset_days=28, gy_per_day=0.6)``.
    time, event : str
        Columns of follow-up, months, and of events, 1 or 0.
    terms : tuple of Term
        The effects.
    """

    text: str
    time: str
    event: str
    terms: tuple[Term, ...]

    @staticmethod
    def parse(text: str) -> "Formula":
        """Take a formula apart.

        Parameters
        ----------
        text : str
            The formula.

        Returns
        -------
        Formula
            Its parts.

        Raises
        ------
        InputError
            If it isn't a formula, or names a term that there isn't.

        Examples
        --------
        >>> Formula.parse("Surv(time, event) ~ monotone(line)").terms
        (Monotone(column='line'),)
        """
        from formulaic.errors import FormulaicError
        from formulaic.parser import DefaultFormulaParser

        try:
            parsed = DefaultFormulaParser(include_intercept=False).get_terms(text)
            left, right = list(parsed.lhs), list(parsed.rhs)
        except (FormulaicError, AttributeError, KeyError, SyntaxError, TypeError) as error:
            raise wrong(f"'{text}' is not of the form Surv(time, event) ~ terms") from error
        if len(left) != 1:
            raise wrong("the left side has to be Surv(time, event)")
        response = read_call(str(left[0]))
        if (
            response is None
            or response.options
            or (response.name, len(response.columns)) != ("Surv", 2)
        ):
            raise wrong(f"the left side '{left[0]}' has to be Surv(time, event)")
        terms = tuple(_term(each) for each in right if str(each) != "1")
        names = [term.name for term in terms]
        for name in names:
            if names.count(name) > 1:
                raise wrong(f"there are two effects of '{name}'; keep one")
        time, event = response.columns
        return Formula(text, time, event, terms)


def _term(term: "FormulaicTerm") -> Term:
    if not hasattr(term, "factors"):
        raise wrong("a formula has one part on the right; write + in place of |")
    if len(term.factors) != 1:
        raise wrong(f"interactions such as '{term}' are not available yet; write main effects")
    text = str(term.factors[0].expr)
    call = read_call(text)
    if call is not None:
        return _made(call, text)
    if text in RESERVED:
        raise wrong(f"a plain column can't be called '{text}', which the model uses; rename it")
    return Linear(text)


def _made(call: Call, text: str) -> Term:
    if call.name not in _MAKERS:
        raise wrong(
            f"there is no term '{call.name}'{suggestion(call.name, _MAKERS)}; there are "
            f"{', '.join(_MAKERS)} and plain columns"
        )
    make, readers = _MAKERS[call.name]
    if len(call.columns) != 1:
        raise wrong(f"'{text}' has to name one column")
    try:
        return make(call.columns[0], **read_options(call, readers, text))
    except InputError as error:
        if error.where == FORMULA:
            raise
        raise wrong(f"in '{text}', {error.where or call.name}: {error.problem}") from None


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
_MAKERS: Mapping[str, tuple[Callable[..., Term], Mapping[str, Reader]]] = {
    "bed": (
        _bed,
        {
            "alpha_beta": _ratio,
            "reference_gy": number,
            "response": object_of(_RESPONSES),
            "repair": object_of({"incomplete_repair": IncompleteRepair}),
            "repopulation": object_of({"repopulation": Repopulation}),
        },
    ),
    "monotone": (Monotone, {}),
    "pooled": (Pooled, {}),
}
