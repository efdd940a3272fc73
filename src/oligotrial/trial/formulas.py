"""Closed forms for the log-rank test, shown beside every simulation.

Schoenfeld's, Freedman's and Hsieh's formulas differ in one thing: how far one event moves the
expected z. They agree where the hazard ratio is near 1 and part where it is not, or where the
arms differ in size; `compare_formulas` tells how far.
"""

from collections.abc import Sequence

import pandas as pd

from oligotrial.trial.freedman import (
    freedman_events,
    freedman_power,
    hsieh_freedman_events,
    hsieh_freedman_power,
)
from oligotrial.trial.schoenfeld import (
    log_rank_information,
    schoenfeld_events,
    schoenfeld_power,
)

__all__ = [
    "compare_formulas",
    "freedman_events",
    "freedman_power",
    "hsieh_freedman_events",
    "hsieh_freedman_power",
    "log_rank_information",
    "schoenfeld_events",
    "schoenfeld_power",
]


def compare_formulas(
    hazard_ratios: Sequence[float],
    *,
    power: float,
    alpha: float,
    experimental_share: float = 0.5,
) -> pd.DataFrame:
    """Tabulate the events that each formula asks for, and how far they part.

    Parameters
    ----------
    hazard_ratios : sequence of float
        Experimental against control arm, each below 1.
    power : float
        Probability of a significant benefit to reach.
    alpha : float
        One-sided significance level.
    experimental_share : float, optional
        Share of patients in the experimental arm.

    Returns
    -------
    pandas.DataFrame
        A row per hazard ratio: `hazard_ratio`, events by `schoenfeld`, `freedman` and
        `hsieh_freedman`, and `apart`, the largest over the smallest, minus 1.

    Raises
    ------
    InputError
        If a hazard ratio is not below 1, or a probability is out of its range.

    Examples
    --------
    >>> table = compare_formulas((0.65,), power=0.8, alpha=0.1, experimental_share=2 / 3)
    >>> table.round(3).iloc[0].tolist()
    [0.65, 109.312, 97.333, 112.708, 0.158]
    """
    setting = {"alpha": alpha, "experimental_share": experimental_share}
    formulas = {
        "schoenfeld": schoenfeld_events,
        "freedman": freedman_events,
        "hsieh_freedman": hsieh_freedman_events,
    }
    table = pd.DataFrame(
        {
            "hazard_ratio": list(hazard_ratios),
            **{
                name: [formula(power, ratio, **setting) for ratio in hazard_ratios]
                for name, formula in formulas.items()
            },
        }
    )
    events = table[list(formulas)]
    return table.assign(apart=events.max(axis=1) / events.min(axis=1) - 1)
