"""Analyses of the trials of a look: what a real trial would have, and never the truth."""

import numpy as np
from numba import njit

from oligotrial.simulate.analyses import analyse

__all__ = ["analyse_cut"]


@njit(cache=True, nogil=True, error_model="numpy")
def analyse_cut(found, cut, plan, room):  # type: ignore[no-untyped-def]
    """Fill what analyses find in each trial of a look.

    Parameters
    ----------
    found : numpy.ndarray
        Filled; shape (trials, columns of the plan).
    cut : Cut
        The trials' data; patients are in ascending order of follow-up.
    plan : Plan
        The analyses, from `compile_analyses`.
    room : Room
        Room to work in, for one thread.
    """
    order = np.arange(cut.time.shape[1])
    last = plan.codes.shape[0]
    for trial in range(cut.size.size):
        analyse(
            found[trial],
            order,
            cut.size[trial],
            cut.time[trial],
            cut.left[trial],
            cut.event[trial],
            cut.arm[trial],
            cut.stratum[trial],
            cut.strata,
            plan,
            room,
            0,
            last,
        )
