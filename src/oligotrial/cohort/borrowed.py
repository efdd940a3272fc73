"""Arrays without an owner, for the inner loop of a reconstruction's chain.

Numba counts references to an array whenever it is handed to a function, taken from a tuple or
sliced: one atomic addition and one subtraction each, on a counter that all threads share. A move of
the chain hands over some hundred arrays, and took ten times as long to count them as to
evaluate them. Nothing is counted for an array without an owner.
"""

from collections.abc import Callable
from typing import Any, Final, cast

import numpy as np
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np.arrayobj import make_array

from oligotrial.cohort.chain import Problem, State
from oligotrial.cohort.work import Work

__all__ = ["borrowed", "borrowed_problem", "borrowed_state", "borrowed_work"]


def _borrowed(typing_context: Any, array: Any) -> Any:  # noqa: ARG001 - numba's signature
    if not isinstance(array, types.Array):
        return None

    def build(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        lent = make_array(array)(context, builder, value=arguments[0])  # type: ignore[no-untyped-call]
        lent.meminfo = cgutils.get_null_value(lent.meminfo.type)  # type: ignore[no-untyped-call]
        lent.parent = cgutils.get_null_value(lent.parent.type)  # type: ignore[no-untyped-call]
        return lent._getvalue()

    return array(array), build


borrowed: Final[Callable[[np.ndarray], np.ndarray]] = cast(Any, intrinsic(_borrowed))
"""Compiled: the same memory as an array that doesn't own it. The owner has to outlive it."""


@njit(cache=True, nogil=True, error_model="numpy")
def borrowed_problem(problem: Problem) -> Problem:
    """Return a problem whose arrays have no owner.

    Parameters
    ----------
    problem : Problem
        The owner, which has to outlive it.

    Returns
    -------
    Problem
        The same memory.
    """
    return Problem(
        borrowed(problem.months),
        borrowed(problem.log_base),
        borrowed(problem.log_events),
        borrowed(problem.proposal),
        borrowed(problem.cumulative),
        borrowed(problem.pins),
        borrowed(problem.plan),
        borrowed(problem.spans),
        borrowed(problem.table),
        borrowed(problem.statistics),
        borrowed(problem.spacings),
        borrowed(problem.courses),
        borrowed(problem.log_prior),
        borrowed(problem.slot_first),
        borrowed(problem.cox_column),
        borrowed(problem.cox_code),
        borrowed(problem.cox_beta),
        problem.rate_scale,
        problem.limits_at_events,
        problem.median_scale,
    )


@njit(cache=True, nogil=True, error_model="numpy")
def borrowed_state(state: State) -> State:
    """Return a state whose arrays have no owner.

    Parameters
    ----------
    state : State
        The owner, which has to outlive it.

    Returns
    -------
    State
        The same memory.
    """
    return State(
        borrowed(state.day),
        borrowed(state.event),
        borrowed(state.pin),
        borrowed(state.patient),
        borrowed(state.values),
        borrowed(state.allowed),
        borrowed(state.spacing),
        borrowed(state.statistic),
    )


@njit(cache=True, nogil=True, error_model="numpy")
def borrowed_work(work: Work) -> Work:
    """Return room whose arrays have no owner.

    Parameters
    ----------
    work : Work
        The owner, which has to outlive it.

    Returns
    -------
    Work
        The same memory.
    """
    return Work(
        borrowed(work.time),
        borrowed(work.weights),
        borrowed(work.new_weights),
        borrowed(work.member_time),
        borrowed(work.member_event),
        borrowed(work.curve),
        borrowed(work.at_risk),
        borrowed(work.score),
        borrowed(work.covariance),
        borrowed(work.covariates),
        borrowed(work.regression),
        borrowed(work.trial),
        borrowed(work.width),
        borrowed(work.energy),
        borrowed(work.new_energy),
        borrowed(work.cells),
    )
