"""A formula as statisticians write it, taken apart and never evaluated as code."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from oligotrial.bayes.terms import Bed, Linear, Monotone, Pooled, Term
from oligotrial.checks import InputError, suggestion

if TYPE_CHECKING:
    from formulaic.parser.types import Term as FormulaicTerm

__all__ = ["Formula"]


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
        except (FormulaicError, AttributeError, SyntaxError, TypeError) as error:
            raise _wrong(f"'{text}' is not of the form Surv(time, event) ~ terms") from error
        if len(left) != 1:
            raise _wrong("the left side has to be Surv(time, event)")
        response = _call(str(left[0]))
        if response is None or response.name != "Surv" or len(response.columns) != 2:
            raise _wrong(f"the left side '{left[0]}' has to be Surv(time, event)")
        terms = tuple(_term(each) for each in right if str(each) != "1")
        names = [term.name for term in terms]
        for name in names:
            if names.count(name) > 1:
                raise _wrong(f"there are two effects of '{name}'; keep one")
        return Formula(text, *response.columns, terms)


@dataclass(frozen=True)
class _Call:
    name: str
    columns: tuple[str, ...]
    options: Mapping[str, float]


def _term(term: "FormulaicTerm") -> Term:
    if len(term.factors) != 1:
        raise _wrong(f"interactions such as '{term}' are not available yet; write main effects")
    text = str(term.factors[0].expr)
    call = _call(text)
    if call is None:
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


_MAKERS = {
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
    columns = []
    for argument in tree.args:
        if not isinstance(argument, ast.Name):
            raise _wrong(f"'{ast.unparse(argument)}' in '{text}' is not the name of a column")
        columns.append(argument.id)
    options = {}
    for keyword in tree.keywords:
        number = keyword.value
        if not isinstance(number, ast.Constant) or not isinstance(number.value, int | float):
            if isinstance(number, ast.UnaryOp) and isinstance(number.operand, ast.Constant):
                options[str(keyword.arg)] = -float(str(number.operand.value))
                continue
            raise _wrong(f"{keyword.arg}={ast.unparse(number)} in '{text}' is not a number")
        options[str(keyword.arg)] = float(number.value)
    return _Call(tree.func.id, tuple(columns), options)


def _wrong(problem: str) -> InputError:
    return InputError(problem, where="key formula")
