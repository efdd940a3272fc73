"""Evidence: closed form (BED = D (1 + d / ratio)) and the definitions in the paper's methods."""

import pandas as pd
import pytest

from oligotrial.checks import InputError
from oligotrial.cohort import LEVELS, levels_of


@pytest.mark.parametrize(
    ("schedule", "dose_level", "grouping", "level"),
    [
        ("SIB 30/20 Gy in 5 fr", "boost", "bed4_75", "at least"),  # 30 (1 + 6/4) = 75
        ("SIB 30/20 Gy in 5 fr", "base", "bed4_75", "below"),  # 20 (1 + 4/4) = 40
        ("50 Gy in 5 fr", "boost", "bed10_100", "at least"),  # 50 (1 + 10/10) = 100
        ("45 Gy in 5 fr", "boost", "bed10_100", "below"),  # 45 (1 + 9/10) = 85.5
        ("50/30 Gy in 10 fr", "boost", "bed4_100", "at least"),  # 50 (1 + 5/4) = 112.5
        ("24 Gy in 3 fr", "boost", "bed4_75", "below"),  # 24 (1 + 8/4) = 72
        ("24 Gy in 3 fr", "boost", "bed3.5_75", "at least"),  # 24 (1 + 8/3.5) = 78.9
    ],
)
def test_dose_groups(schedule, dose_level, grouping, level):
    rows = pd.DataFrame({"schedule": [schedule], "dose_level": [dose_level]})
    assert levels_of(rows, grouping).tolist() == [level]


def test_merged_levels():
    lines = pd.DataFrame({"line": list(LEVELS["line"])})
    assert (
        levels_of(lines, "line_group").tolist() == ["first or second"] * 2 + ["third or later"] * 2
    )
    sites = pd.DataFrame({"site": list(LEVELS["site"])})
    assert levels_of(sites, "brain").tolist() == ["brain"] + ["other"] * 5


def test_unknown_grouping():
    with pytest.raises(
        InputError, match=r"no grouping 'line_grup' \(did you mean 'line_group'\?\)"
    ):
        levels_of(pd.DataFrame({"line": ["first"]}), "line_grup")
