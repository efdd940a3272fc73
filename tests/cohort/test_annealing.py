"""Identity: a reconstruction's schedule of scales, and when pinned patients are let go."""

import numpy as np
import pytest

from oligotrial import evidence
from oligotrial.cohort.annealing import COARSE, FINEST, NATURAL, STAGES, annealing
from oligotrial.cohort.chain import Kind
from oligotrial.cohort.evaluate import _far
from oligotrial.cohort.problem import Layout
from oligotrial.cohort.sampler import run_chain


@pytest.fixture(scope="module")
def layout() -> Layout:
    return Layout(evidence.load("marazzi2024"), "pfs_ar")


def test_scales_shrink_on_a_log_scale_from_the_natural_to_the_final_ones(layout):
    table = annealing(layout.targets)
    assert table.shape == (STAGES, len(layout.targets))
    kinds = [each.kind for each in layout.targets]
    tests = [s for s, each in enumerate(layout.targets)
             if each.kind == Kind.CHI_SQUARED and not each.p_df]  # fmt: skip
    chi = table[:, tests[0]]
    assert chi[0] == pytest.approx(NATURAL[Kind.CHI_SQUARED])
    assert chi[-1] == pytest.approx(FINEST[Kind.CHI_SQUARED])
    assert (chi[92:] == chi[-1]).all()  # 0.92 of the stages
    steps = np.diff(np.log(chi[:74]))
    np.testing.assert_allclose(steps, steps[0])
    assert chi[74] == pytest.approx(COARSE[Kind.CHI_SQUARED], rel=0.1)
    ratio = table[:, kinds.index(Kind.LOG_HAZARD_RATIO)]
    assert np.isinf(ratio[:40]).all()
    assert np.isfinite(ratio[40:]).all()
    assert (np.diff(table[40:], axis=0) <= 1e-12).all()


def test_what_is_too_far_is_at_least_five_scales():
    # log(1 + (d / w)^2) + (d / max(s, 5 w))^2, by hand
    assert _far(3.0, 0.0, 1.0, 0.5, 0.1) == pytest.approx(np.log1p(400.0) + 16.0)
    assert _far(3.0, 0.0, 1.0, 0.5, 2.0) == pytest.approx(np.log1p(1.0) + 0.04)
    assert _far(3.0, 0.0, 1.0, 0.5, np.inf) == 0.0
    assert _far(0.5, 0.0, 1.0, 0.5, 0.1) == 0.0


def test_pinned_patients_keep_to_their_groups_in_the_first_half_alone(layout):
    problem, generator = layout.problem(), np.random.default_rng(1)
    state = layout.start(problem, generator)
    held = state.allowed.copy()
    assert not held.all()

    def kept() -> bool:
        return all(
            held[state.pin[i], column, state.values[column, i]]
            for i in range(len(state.pin))
            for column in range(len(state.values))
        )

    table = annealing(layout.targets)
    run_chain(problem, state, 5_000, table[: STAGES // 2], generator)
    assert state.allowed.all()  # a chain of its own ends free
    state = layout.start(problem, np.random.default_rng(1))
    assert kept()
    run_chain(problem, state, 20_000, table, np.random.default_rng(2))
    assert not kept()
    pins = problem.pins[state.pin[state.pin >= 0]]
    days = state.day[state.pin >= 0]
    assert ((pins[:, 0] <= days) & (days <= pins[:, 1])).all()
    assert (state.event[state.pin >= 0] == 1).all()
