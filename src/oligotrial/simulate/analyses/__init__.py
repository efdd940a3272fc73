"""Analyses of simulated trials: compiled, one code for a simulation and for a single trial.

`oligotrial.trial.decide` states analyses (`LogRank`, `MaxCombo`, `PosteriorProbability`, ...); here
they are computed. For the trial kernel::

    compiled = compile_analyses([*analyses of look 1, *analyses of look 2, ...])
    room = compiled.room(patients, strata)          # once for a chunk of trials (one thread)
    plan = compiled.plan                            # two arrays, whatever the analyses

    # within compiled code, for each trial and look:
    analyse(row, order, count, time, lower, event, arm, stratum, strata, plan, room, first, last)

`order` sorts the first `count` patients' `time` upwards; `lower` is the last time without an event
for certain (pass `time` where events are seen at once); analyses `first` to `last - 1` of the plan
fill their columns of `row`, of shape (`compiled.width`,): the columns of analysis k are
`compiled.columns_of(k)`, named by its `columns`. The first three always are `statistic` (the
larger the better for the experimental arm, success from `analysis.threshold`), `estimate` and
`std_error`; NaN where it can't be computed. The log-rank's score is ``estimate / std_error**2``
and its variance ``std_error**-2``.

Dispatch is by integers in `plan.codes`: no design or analysis makes anything compile anew, and
nothing is allocated for a trial.
"""

from oligotrial.simulate.analyses.compiled import CompiledAnalyses, compile_analyses
from oligotrial.simulate.analyses.kernels import Plan, Room, analyse, meets
from oligotrial.simulate.analyses.one import analyse_trial

__all__ = [
    "CompiledAnalyses",
    "Plan",
    "Room",
    "analyse",
    "analyse_trial",
    "compile_analyses",
    "meets",
]
