"""The LQ-L and the universal survival curve against values that other software prints.

LQL-Equiv is the software of Voyant et al. (2014), doi:10.1016/j.rpor.2013.08.004: Astrahan's LQ-L
with gamma/alpha of 5 and a transition at twice alpha/beta, so that the line is the tangent. Its
authors keep what the MATLAB application printed, to six digits, and examples worked by hand in
the repository cyrilvoyant/LQL-Equiv-web (MIT licence). No table of Park et al. (2008) could be
read: the universal curve is held to the same values, by the parameters it has them with.
"""

import pytest

from oligotrial.radiobiology import (
    BedModel,
    LinearQuadraticLinear,
    Schedule,
    UniversalSurvivalCurve,
    schedule_bed_gy,
    schedule_eqd2_gy,
)

# tests/data/golden.jsonl at 90dd190: d2, nf2 and bedet1 of records with oar 2, tum 2, ja2 0 and
# bifrac 0. Tonsil has alpha/beta 7.2, alpha 0.35 and dt 14.4 (src/lqlequiv/data/tissues.json);
# these courses end before regrowth begins (Tk 21 days).
TONSIL = [
    (8, 1, 16.8889),
    (10, 2, 47.7778),
    (15, 1, 46.2),
    (15, 2, 92.4),
    (15, 3, 138.6),
    (15, 5, 231),
    (15, 10, 462),
    (20, 1, 71.2),
    (20, 3, 213.6),
    (20, 5, 356),
    (20, 10, 712),
]

# The same records' bede1: temporomandibular joint, alpha/beta 3.5 and dt 7. An organ loses
# 0.3 Gy a day at any time, over 7/5 of a day a fraction.
JOINT = [
    (8, 1, 25.58),
    (8, 2, 51.16),
    (8, 5, 127.9),
    (8, 10, 255.8),
    (10, 1, 35.58),
    (10, 3, 106.74),
    (10, 5, 177.9),
    (15, 1, 60.58),
    (15, 3, 181.74),
    (15, 5, 302.9),
    (20, 1, 85.58),
    (20, 2, 171.16),
    (20, 5, 427.9),
]
JOINT_LOSS_A_FRACTION = 0.3 * 7 / 5

# docs/CLINICAL-PLAUSIBILITY.md at 0058136: schedule, alpha/beta, dt, BED and EQD2 before the time
# correction: PACE-B's prostate and HyTEC's spinal cord.
WORKED = [
    ("36.25 Gy in 5 fr", 3.1, 6.2, 119.25, 72.49),
    ("25.3 Gy in 5 fr", 2.0, 4.0, 86.50, 43.25),
]


def universal(alpha: float, ratio: float, transition: float) -> UniversalSurvivalCurve:
    """The curve whose final line is the tangent of a parabola at the transition."""
    d0 = 1 / (alpha * (1 + 2 * transition / ratio))
    return UniversalSurvivalCurve(alpha, d0, transition * (1 - alpha * d0) / 2)


def course(dose: float, fractions: int) -> Schedule:
    return Schedule.parse(f"{dose * fractions} Gy in {fractions} fr")


@pytest.mark.parametrize("row", TONSIL)
@pytest.mark.parametrize(
    "response",
    [
        LinearQuadraticLinear(14.4),
        LinearQuadraticLinear(14.4, final_slope=5.0),
        universal(0.35, 7.2, 14.4),
    ],
    ids=["tangent", "slope", "universal"],
)
def test_a_tumour_of_lql_equiv(response: object, row: tuple[float, int, float]) -> None:
    dose, fractions, printed = row
    mine = BedModel(response).bed_gy(course(dose, fractions), 7.2)
    assert mine == pytest.approx(printed, rel=5e-6)


@pytest.mark.parametrize("row", JOINT)
@pytest.mark.parametrize(
    "response",
    [LinearQuadraticLinear(7.0), universal(0.0507, 3.5, 7.0)],
    ids=["tangent", "universal"],
)
def test_an_organ_of_lql_equiv(response: object, row: tuple[float, int, float]) -> None:
    dose, fractions, printed = row
    mine = BedModel(response).bed_gy(course(dose, fractions), 3.5)
    assert mine - JOINT_LOSS_A_FRACTION * fractions == pytest.approx(printed, rel=5e-6)


@pytest.mark.parametrize(("text", "ratio", "transition", "bed", "eqd2"), WORKED)
def test_worked_examples_of_lql_equiv(
    text: str, ratio: float, transition: float, bed: float, eqd2: float
) -> None:
    schedule, model = Schedule.parse(text), BedModel(LinearQuadraticLinear(transition))
    assert schedule_bed_gy(schedule, ratio, model=model) == pytest.approx(bed, abs=0.005)
    assert schedule_eqd2_gy(schedule, ratio, model=model) == pytest.approx(eqd2, abs=0.005)


def test_the_alpha_beta_that_smoothness_implies() -> None:
    """As datasrc.js of JoliverApps/Unified-BED-Calculator has it for Park's averages of NSCLC.

    D0 1.25 and Dq 1.8 with 8.604798, cut off; alpha 0.33 and beta 0.038 in its earlier versions.
    """
    curve = UniversalSurvivalCurve(alpha_per_gy=0.33, d0_gy=1.25, dq_gy=1.8)
    ratio = curve.alpha_beta
    assert ratio is not None
    assert ratio == pytest.approx(8.6047985, abs=5e-7)
    assert 0.33 / ratio == pytest.approx(0.038, abs=5e-4)
