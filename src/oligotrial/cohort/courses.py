"""Which radiotherapy courses can stand behind a printed table, and how they can be drawn.

A table counts schedules by site, some of them as a range ("50-35 Gy in 5 fr"), and patients
whose biologically effective dose (BED) reaches some cut-offs. Each patient is a slot with
options: a delivered course and the dose level by which a boosted one is classed. All
assignments of options to slots that give the printed numbers of patients above each cut-off
are possible; one is drawn with probability proportional to the product of its options'
prior probabilities. The sums over assignments are taken slot by slot, exactly.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from oligotrial.checks import InputError
from oligotrial.evidence import BedGroup, Evidence
from oligotrial.radiobiology import Schedule, at_least, schedule_bed_gy

__all__ = ["BOOST_PROBABILITY", "Course", "CourseSampler", "Slot", "slots"]

BOOST_PROBABILITY: Final = 0.9
"""Prior probability that a boosted patient's dose was classed by the boost and not the base.

An assumption: the boost is what the progressing lesion was meant to get. The printed counts
correct it where it can't be so for all.
"""

STEP_GY: Final = 5.0
"""Distance of the doses that a printed range stands for."""


@dataclass(frozen=True)
class Course:
    """A delivered course as one patient's option.

    Parameters
    ----------
    site, schedule, dose_level : str
        As in a cohort.
    reaches : tuple of bool
        Whether the BED reaches the cut-off of each printed BED group.
    """

    site: str
    schedule: str
    dose_level: str
    reaches: tuple[bool, ...]


@dataclass(frozen=True)
class Slot:
    """One patient of the printed table.

    Parameters
    ----------
    printed : str
        The schedule as printed; empty where it isn't printed.
    options : tuple of Course
        What the patient can have had.
    probabilities : tuple of float
        Their prior probabilities.
    """

    printed: str
    options: tuple[Course, ...]
    probabilities: tuple[float, ...]


def slots(evidence: Evidence) -> list[Slot]:
    """Return one slot a patient.

    Patients of a site for whom no schedule is printed have that of any printed course, in
    proportion to its patients, without its technique.

    Parameters
    ----------
    evidence : Evidence
        With counts of "site" and with schedules.

    Returns
    -------
    list of Slot
        As many as there are patients.

    Raises
    ------
    InputError
        If a site has more schedules than patients.
    """
    found: list[Slot] = []
    for site, patients in evidence.count("site").items():
        printed = [each for each in evidence.schedules if each.site == site]
        for each in printed:
            options = _options(Schedule.parse(each.text), site, evidence.bed_groups)
            found += [Slot(each.text, *_normalised(options))] * each.n
        missing = patients - sum(each.n for each in printed)
        if missing < 0:
            raise InputError(
                f"{patients} patients but {patients - missing} schedules; correct one of them",
                where=f"{evidence.id}, site {site}",
            )
        if missing:
            found += [Slot("", *_normalised(_any_course(evidence, site)))] * missing
    return found


def _options(
    printed: Schedule, site: str, groups: Sequence[BedGroup]
) -> list[tuple[Course, float]]:
    boosted = len(printed.levels) > 1
    levels = {"boost": BOOST_PROBABILITY, "base": 1.0 - BOOST_PROBABILITY}
    return [
        (Course(site, str(option), level, _reaches(option, level, groups)), probability)
        for option in printed.options(step_gy=STEP_GY)
        for level, probability in (levels if boosted else {"boost": 1.0}).items()
    ]


def _any_course(evidence: Evidence, site: str) -> list[tuple[Course, float]]:
    weighted: Counter[Course] = Counter()
    for each in evidence.schedules:
        doses = replace(Schedule.parse(each.text), technique="")
        options = _options(doses, site, evidence.bed_groups)
        total = sum(probability for _, probability in options)
        for course, probability in options:
            weighted[course] += each.n * probability / total  # type: ignore[assignment]
    return list(weighted.items())


def _reaches(course: Schedule, level: str, groups: Sequence[BedGroup]) -> tuple[bool, ...]:
    reached = []
    for group in groups:
        bed = schedule_bed_gy(course, group.alpha_beta, level=level)  # type: ignore[arg-type]
        equal_counts = group.comparison == ">="
        equal = abs(bed - group.cutoff_gy) <= 1e-9 * group.cutoff_gy
        reached.append(equal_counts if equal else bool(at_least(bed, group.cutoff_gy)))
    return tuple(reached)


def _normalised(
    options: list[tuple[Course, float]],
) -> tuple[tuple[Course, ...], tuple[float, ...]]:
    total = sum(probability for _, probability in options)
    return (
        tuple(course for course, _ in options),
        tuple(probability / total for _, probability in options),
    )


class CourseSampler:
    """Draws the courses of all patients, given how many reach each BED cut-off.

    Parameters
    ----------
    slots : sequence of Slot
        The patients.
    wanted : sequence of int
        Patients who reach each cut-off, as printed.

    Examples
    --------
    >>> from oligotrial import evidence
    >>> marazzi = evidence.load("marazzi2024")
    >>> sampler = CourseSampler(slots(marazzi), [group.n for group in marazzi.bed_groups])
    >>> sampler.missed
    0
    """

    def __init__(self, slots: Sequence[Slot], wanted: Sequence[int]) -> None:
        self._slots = slots
        self._totals = [{(0,) * len(wanted): 1.0}]
        for slot in slots:
            self._totals.append(_extended(self._totals[-1], slot))
        distance = {
            reached: sum(abs(a - b) for a, b in zip(reached, wanted, strict=True))
            for reached in self._totals[-1]
        }
        self.missed = min(distance.values())
        self._ends = [reached for reached, far in distance.items() if far == self.missed]

    def draw(self, generator: np.random.Generator) -> list[Course]:
        """Return one course a slot.

        Parameters
        ----------
        generator : numpy.random.Generator
            Source of randomness.

        Returns
        -------
        list of Course
            In the order of the slots. Where no assignment gives the printed numbers, one
            is drawn that misses them by as few patients as possible (`missed`).
        """
        last = [self._totals[-1][end] for end in self._ends]
        reached = self._ends[_choice(last, generator)]
        courses: list[Course] = []
        for slot, totals in zip(reversed(self._slots), reversed(self._totals[:-1]), strict=True):
            before = [_minus(reached, option) for option in slot.options]
            weights = [
                probability * totals.get(state, 0.0)
                for probability, state in zip(slot.probabilities, before, strict=True)
            ]
            chosen = _choice(weights, generator)
            courses.append(slot.options[chosen])
            reached = before[chosen]
        return courses[::-1]


type _Reached = tuple[int, ...]


def _extended(totals: dict[_Reached, float], slot: Slot) -> dict[_Reached, float]:
    steps: Counter[tuple[bool, ...]] = Counter()
    for option, probability in zip(slot.options, slot.probabilities, strict=True):
        steps[option.reaches] += probability  # type: ignore[assignment]
    extended: dict[_Reached, float] = {}
    for step, probability in steps.items():
        for reached, weight in totals.items():
            state = tuple(a + b for a, b in zip(reached, step, strict=True))
            extended[state] = extended.get(state, 0.0) + weight * probability
    return extended


def _minus(reached: _Reached, option: Course) -> _Reached:
    return tuple(a - b for a, b in zip(reached, option.reaches, strict=True))


def _choice(weights: Sequence[float], generator: np.random.Generator) -> int:
    shares = np.asarray(weights) / np.sum(weights)
    return int(generator.choice(len(shares), p=shares))
