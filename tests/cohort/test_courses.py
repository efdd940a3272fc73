"""Evidence: enumeration of all assignments of a small table; arithmetic on the paper's."""

from collections import Counter
from itertools import product

import numpy as np
import pytest
from scipy.stats import chisquare

from oligotrial.checks import InputError
from oligotrial.cohort.courses import Course, CourseSampler, Slot, slots


def slot(*reaches, probabilities=None):
    options = tuple(Course("bone", f"{k}", "boost", reached) for k, reached in enumerate(reaches))
    return Slot("x", options, probabilities or (1 / len(options),) * len(options))


THREE = [
    slot((False, False), (True, False), (True, True), probabilities=(0.5, 0.3, 0.2)),
    slot((True, False), (True, True), probabilities=(0.9, 0.1)),
    slot((False, False), (False, True), (True, True), probabilities=(0.2, 0.2, 0.6)),
]


def enumerated(wanted):
    weights = {}
    for choice in product(*(range(len(each.options)) for each in THREE)):
        courses = [each.options[k] for each, k in zip(THREE, choice, strict=True)]
        reached = tuple(sum(course.reaches[b] for course in courses) for b in range(2))
        weight = np.prod([each.probabilities[k] for each, k in zip(THREE, choice, strict=True)])
        weights[choice] = (reached, weight)
    total = sum(weight for reached, weight in weights.values() if reached == wanted)
    return {k: weight / total for k, (reached, weight) in weights.items() if reached == wanted}


def test_draws_have_the_probabilities_of_an_enumeration():
    expected = enumerated((2, 1))
    sampler = CourseSampler(THREE, (2, 1))
    generator = np.random.default_rng(0)
    draws = 4000
    seen = Counter(
        tuple(int(course.schedule) for course in sampler.draw(generator)) for _ in range(draws)
    )
    assert set(seen) == set(expected)
    assert len(expected) > 2
    test = chisquare([seen[k] for k in expected], [draws * expected[k] for k in expected])
    assert test.pvalue > 1e-3


def test_what_cannot_be_met_is_missed_by_as_little_as_possible():
    sampler = CourseSampler(THREE, (0, 3))  # the second patient always reaches the first cut-off
    assert sampler.missed == 2
    reached = np.array([c.reaches for c in sampler.draw(np.random.default_rng(0))]).sum(axis=0)
    assert np.abs(reached - [0, 3]).sum() == 2


def test_the_papers_dose_groups_are_met_exactly(marazzi):
    sampler = CourseSampler(slots(marazzi), [group.n for group in marazzi.bed_groups])
    for seed in range(20):
        courses = sampler.draw(np.random.default_rng(seed))
        reached = np.array([course.reaches for course in courses]).sum(axis=0)
        assert reached.tolist() == [group.n for group in marazzi.bed_groups]


def test_no_assignment_classes_every_boosted_patient_by_the_boost(marazzi):
    # With 7 x 50/30 Gy in 10 fr at 75 Gy (ratio 10), 3 lung patients and the 6 nodal ones of
    # 50 Gy that make 9 at 100 Gy there would be 16 where 14 are printed.
    sampler = CourseSampler(slots(marazzi), [group.n for group in marazzi.bed_groups])
    for seed in range(20):
        courses = sampler.draw(np.random.default_rng(seed))
        whole_brain = [c.dose_level for c in courses if c.schedule == "WB-SIB 50/30 Gy in 10 fr"]
        assert len(whole_brain) == 7
        assert whole_brain.count("boost") <= 5


def test_more_schedules_than_patients_is_refused(marazzi):
    from dataclasses import replace

    schedules = [replace(each, n=4) if each.site == "lung" else each for each in marazzi.schedules]
    with pytest.raises(InputError, match="site lung: 3 patients but 4 schedules"):
        slots(replace(marazzi, schedules=tuple(schedules)))
