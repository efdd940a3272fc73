"""Terms of the linear predictor; none knows the others, the baseline or PyMC."""

from oligotrial.bayes.terms.absent import Absent, alternatives
from oligotrial.bayes.terms.arrays import column
from oligotrial.bayes.terms.base import Term, Values
from oligotrial.bayes.terms.crossed import Crossed
from oligotrial.bayes.terms.factors import Factor, Monotone
from oligotrial.bayes.terms.horseshoe import Horseshoe
from oligotrial.bayes.terms.imputed import Imputed
from oligotrial.bayes.terms.numeric import PER_10_GY, Bed, Linear, courses
from oligotrial.bayes.terms.pooled import NEW, Pooled, frailty
from oligotrial.bayes.terms.rising import Rising
from oligotrial.bayes.terms.spline import Spline
from oligotrial.bayes.terms.suit import restored_terms, states, suited_terms, with_levels
from oligotrial.bayes.terms.threshold import Threshold
from oligotrial.bayes.terms.varying import Strata, TimeVarying

__all__ = [
    "NEW",
    "PER_10_GY",
    "Absent",
    "Bed",
    "Crossed",
    "Factor",
    "Horseshoe",
    "Imputed",
    "Linear",
    "Monotone",
    "Pooled",
    "Rising",
    "Spline",
    "Strata",
    "Term",
    "Threshold",
    "TimeVarying",
    "Values",
    "alternatives",
    "column",
    "courses",
    "frailty",
    "restored_terms",
    "states",
    "suited_terms",
    "with_levels",
]
