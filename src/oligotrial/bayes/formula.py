"""A formula as statisticians write it, taken apart and never evaluated as code."""

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from oligotrial.bayes.terms import Bed, Linear, Monotone, Pooled, Term
from oligotrial.checks import InputError, suggestion

if TYPE_CHECKING:
    from formulaic.parser.types import Term as FormulaicTerm

__all__ = ["Formula"]


RESERVED = ("time", "event", "follow_up", "median", "shape", "smoothing", "walk", "bed")
"""Names that the model has for itself."""


@dataclass(frozen=True)
class Formula:
    """A survival formula.

    Parameters
    ----------
    text : str
        For example ``Surv(time, event) ~ bed(schedule, alpha_beta=4) + monotone(line)``.
        Terms are columns (linear effects), `bed`, `monotone` and `pooled`; ``1`` for none.
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
            raise _wrong(f"'{text}' is not of the form Surv(time, event) ~ terms") from error
        if len(left) != 1:
            raise _wrong("the left side has to be Surv(time, event)")
        response = _call(str(left[0]))
        if (
            response is None
            or response.options
            or (response.name, len(response.columns)) != ("Surv", 2)
        ):
            raise _wrong(f"the left side '{left[0]}' has to be Surv(time, event)")
        terms = tuple(_term(each) for each in right if str(each) != "1")
        names = [term.name for term in terms]
        for name in names:
            if names.count(name) > 1:
                raise _wrong(f"there are two effects of '{name}'; keep one")
        time, event = response.columns
        return Formula(text, time, event, terms)


@dataclass(frozen=True)
class _Call:
    name: str
    columns: tuple[str, ...]
    options: Mapping[str, float]


def _term(term: "FormulaicTerm") -> Term:
    if not hasattr(term, "factors"):
        raise _wrong("a formula has one part on the right; write + in place of |")
    if len(term.factors) != 1:
        raise _wrong(f"interactions such as '{term}' are not available yet; write main effects")
    text = str(term.factors[0].expr)
    call = _call(text)
    if call is None:
        if text in RESERVED:
            raise _wrong(
                f"a plain column can't be called '{text}', which the model uses; rename it"
            )
        return Linear(text)
    if call.name not in _MAKERS:
        raise _wrong(
            f"there is no term '{call.name}'{suggestion(call.name, _MAKERS)}; there are "
            f"{', '.join(_MAKERS)} and plain columns"
        )
    make, options = _MAKERS[call.name]
    if len(call.columns) != 1:
        raise _wrong(f"'{text}' has to name one column")
    for option in call.options:
        if option not in options:
            raise _wrong(
                f"'{option}' in '{text}' is not known{suggestion(option, options)}; "
                f"{call.name} takes {', '.join(options) or 'a column only'}"
            )
    try:
        return make(call.columns[0], **call.options)
    except InputError as error:
        raise _wrong(f"in '{text}', {error.where or call.name}: {error.problem}") from None


_MAKERS: Mapping[str, tuple[Callable[..., Term], tuple[str, ...]]] = {
    "bed": (Bed, ("alpha_beta", "reference_gy")),
    "monotone": (Monotone, ()),
    "pooled": (Pooled, ()),
}


def _call(text: str) -> _Call | None:
    """Return the parts of ``name(column, option=number)``; nothing for a plain name."""
    try:
        tree = ast.parse(text, mode="eval").body
    except SyntaxError:
        raise _wrong(f"'{text}' is not a term") from None
    if isinstance(tree, ast.Name):
        return None
    if not isinstance(tree, ast.Call) or not isinstance(tree.func, ast.Name):
        raise _wrong(f"'{text}' is not a column or a term such as monotone(line)")
    columns = tuple(_column(argument, text) for argument in tree.args)
    options = {str(each.arg): _number(each.value, f"{each.arg}=", text) for each in tree.keywords}
    return _Call(tree.func.id, columns, options)


def _column(node: ast.expr, text: str) -> str:
    if not isinstance(node, ast.Name):
        raise _wrong(f"'{ast.unparse(node)}' in '{text}' is not the name of a column")
    return node.id


def _number(node: ast.expr, option: str, text: str) -> float:
    """Return a number that is written out, with or without a minus sign."""
    minus = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)
    digits = node.operand if isinstance(node, ast.UnaryOp) and minus else node
    if not isinstance(digits, ast.Constant) or type(digits.value) not in (int, float):
        raise _wrong(f"'{option}{ast.unparse(node)}' in '{text}' is not a number")
    return float(str(digits.value)) * (-1.0 if minus else 1.0)


def _wrong(problem: str) -> InputError:
    return InputError(problem, where="key formula")
