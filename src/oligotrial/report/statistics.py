"""What a decision rule looks at, in words."""

from functools import singledispatch

from oligotrial.trial import (
    ConditionalPower,
    MSplinePosterior,
    PosteriorProbability,
    PredictiveProbability,
    WeibullPosterior,
)

__all__ = ["is_probability", "statistic_words"]

type Posterior = PosteriorProbability | WeibullPosterior | MSplinePosterior


@singledispatch
def statistic_words(analysis: object) -> str:
    """Return what an analysis' statistic is, without the threshold that a rule may replace.

    Parameters
    ----------
    analysis : Analysis
        The analysis.

    Returns
    -------
    str
        A noun.

    Examples
    --------
    >>> from oligotrial.trial import LogRank
    >>> statistic_words(LogRank(0.10))
    'standardised statistic of the stratified log-rank test, one-sided at 0.1'
    """
    return f"standardised statistic of the {getattr(analysis, 'words', analysis)}"


@statistic_words.register(PosteriorProbability)
@statistic_words.register(WeibullPosterior)
@statistic_words.register(MSplinePosterior)
def _(analysis: Posterior) -> str:
    return f"posterior probability of a hazard ratio below {analysis.bound:g}"


@statistic_words.register
def _(analysis: PredictiveProbability) -> str:
    return f"predictive probability of success at {analysis.events} events ({analysis.final.words})"


@statistic_words.register
def _(analysis: ConditionalPower) -> str:
    ratio = (
        "the hazard ratio seen" if analysis.hazard_ratio is None else f"{analysis.hazard_ratio:g}"
    )
    return f"conditional power under {ratio} at {analysis.events} events ({analysis.final.words})"


def is_probability(analysis: object) -> bool:
    """Tell whether an analysis' statistic lies between 0 and 1."""
    kinds = (PosteriorProbability, WeibullPosterior, MSplinePosterior)
    return isinstance(analysis, (*kinds, PredictiveProbability, ConditionalPower))
