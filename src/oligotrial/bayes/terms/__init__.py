"""Terms of the linear predictor; none knows the others, the baseline or PyMC."""

from oligotrial.bayes.terms.base import Term, Values, column
from oligotrial.bayes.terms.crossed import Crossed
from oligotrial.bayes.terms.factors import Factor, Monotone
from oligotrial.bayes.terms.numeric import PER_10_GY, Bed, Linear, courses
from oligotrial.bayes.terms.pooled import NEW, Pooled, frailty
from oligotrial.bayes.terms.suit import restored_terms, states, suited_terms, with_levels

__all__ = [
    "NEW",
    "PER_10_GY",
    "Bed",
    "Crossed",
    "Factor",
    "Linear",
    "Monotone",
    "Pooled",
    "Term",
    "Values",
    "column",
    "courses",
    "frailty",
    "restored_terms",
    "states",
    "suited_terms",
    "with_levels",
]
