"""A formula as statisticians write it, taken apart and never evaluated as code."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from oligotrial.bayes.calls import read_call, wrong
from oligotrial.bayes.terms import Absent, Crossed, Factor, Strata, Term, TimeVarying
from oligotrial.bayes.terms.base import Columns
from oligotrial.bayes.vocabulary import term_of

if TYPE_CHECKING:
    from formulaic.parser.types import Term as FormulaicTerm

__all__ = ["Formula"]

RESERVED = (
    "time", "event", "follow_up", "median", "shape", "smoothing", "walk", "bed", "alpha_beta",
    "horseshoe", "cured", "rise", "sigma", "q", "sd_log", "patients", "numbers", "row", "number",
    "patient",
)  # fmt: skip
"""Names that the model has for itself."""

SUFFIXES = (
    "value", "dose", "linear", "quadratic", "is", "above", "effects", "total", "steps", "sd", "z",
    "products", "basis", "slope", "low", "range", "steepness", "step", "cut", "ramps", "knots",
    "weights", "at", "spread", "drift", "moves", "cuts", "stratum", "seen", "lacking", "slots",
    "mean", "error", "location", "precision", "imputed", "columns", "unit", "global", "local",
    "slab", "mu", "sigma", "a", "alpha", "beta", "nu", "lam", "log__",
)  # fmt: skip
"""What parameters and data are called after the name of their term."""

LIMIT = 10_000
"""Characters of the longest formula; a longer one is no formula, and its parsing no use."""


@dataclass(frozen=True)
class Formula:
    """A survival formula.

    Parameters
    ----------
    text : str
        For example ``Surv(time, event) ~ bed(schedule, alpha_beta=4) + monotone(line)``.
        Terms are columns (linear effects), the calls of `vocabulary.TERMS`, and interactions of
        them, ``a:b`` or ``a*b``; ``1`` for none.
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

    @property
    def proportional(self) -> tuple[Term, ...]:
        """The terms with one log hazard ratio at all times."""
        others = TimeVarying | Strata
        return tuple(term for term in self.terms if not isinstance(term, others))

    @property
    def reference_patient(self) -> tuple[str, ...]:
        """Who has a log hazard ratio of 0, term by term, in words."""
        return tuple(term.reference for term in self.terms if not isinstance(term, Crossed))

    @property
    def varying(self) -> tuple[TimeVarying, ...]:
        """The terms whose log hazard ratio depends on time."""
        return tuple(term for term in self.terms if isinstance(term, TimeVarying))

    @property
    def strata(self) -> tuple[Strata, ...]:
        """The terms that give groups baselines of their own."""
        return tuple(term for term in self.terms if isinstance(term, Strata))

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
        left, right = _sides(text)
        if len(left) != 1:
            raise wrong("the left side has to be Surv(time, event)")
        response = read_call(str(left[0]))
        if (
            response is None
            or response.options
            or (response.name, len(response.arguments)) != ("Surv", 2)
        ):
            raise wrong(f"the left side '{left[0]}' has to be Surv(time, event)")
        terms = tuple(_term(each) for each in right if str(each) != "1")
        _refuse_clashes(terms)
        for term in terms:
            if isinstance(term, Crossed):
                _refuse_margins(term, terms)
            if isinstance(term, Absent) and any(isinstance(each, TimeVarying) for each in terms):
                raise wrong(
                    f"missing levels of '{term.name}' can't be averaged over beside an effect that "
                    "varies over time; complete them, or take one out"
                )
        time, event = response.columns
        return Formula(text, time, event, terms)


def _sides(text: str) -> tuple[list["FormulaicTerm"], list["FormulaicTerm"]]:
    from formulaic.errors import FormulaicError
    from formulaic.parser import DefaultFormulaParser

    if len(text) > LIMIT:
        raise wrong(f"a formula of {len(text)} characters is too long")
    try:
        parsed = DefaultFormulaParser(include_intercept=False).get_terms(text)
        return list(parsed.lhs), list(parsed.rhs)
    except (
        FormulaicError, ArithmeticError, AttributeError, LookupError, MemoryError, RecursionError,
        SyntaxError, TypeError, ValueError,
    ) as error:  # fmt: skip
        raise wrong(f"'{text}' is not of the form Surv(time, event) ~ terms") from error


def _term(term: "FormulaicTerm") -> Term:
    if not hasattr(term, "factors"):
        raise wrong("a formula has one part on the right; write + in place of |")
    parts = tuple(_part(str(factor.expr)) for factor in term.factors)
    if len(parts) == 1:
        return parts[0]
    columns = tuple(part for part in parts if isinstance(part, Columns))
    if len(columns) < len(parts):
        raise wrong(f"in '{term}' is a term that can't be part of an interaction")
    return Crossed(columns)


def _part(text: str) -> Term:
    term = term_of(text)
    if term.name == term.column and term.name in RESERVED:
        raise wrong(
            f"a plain column can't be called '{term.column}', which the model uses; rename it"
        )
    return term


def _refuse_clashes(terms: Sequence[Term]) -> None:
    """Refuse terms whose parameters would have the same names."""
    names = [term.name for term in terms]
    sets = [frozenset(name.split(":")) for name in names]
    for name, parts in zip(names, sets, strict=True):
        if sets.count(parts) > 1:
            raise wrong(f"there are two effects of '{name}'; keep one")
        for suffix in SUFFIXES:
            if f"{name}_{suffix}" in names:
                raise wrong(
                    f"column '{name}_{suffix}' is called as what belongs to '{name}'; rename it"
                )


def _refuse_margins(crossed: Crossed, terms: Sequence[Term]) -> None:
    """Refuse an interaction that would mean something else than it says.

    A factor's columns leave its reference out. In R that is so only where the formula has the
    interaction without the factor; elsewhere R takes all levels. What a part estimates of its
    own columns belongs to its main effect.
    """
    present = [set(each.parts) if isinstance(each, Crossed) else {each} for each in terms]
    for part in crossed.parts:
        rest = set(crossed.parts) - {part}
        if isinstance(part, Factor) and rest not in present:
            raise wrong(
                f"'{crossed.name}' needs '{':'.join(each.name for each in rest)}' in the formula, "
                f"written as in the interaction; write * in place of :"
            )
        if not part.fixed and {part} not in present:
            raise wrong(
                f"'{crossed.name}' needs the main effect of '{part.name}' in the formula, written "
                "as in the interaction; write * in place of :"
            )
