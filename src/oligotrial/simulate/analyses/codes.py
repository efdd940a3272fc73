"""Numbers by which compiled functions know analyses: their kinds, and the places of their code."""

__all__ = [
    "CODE_WIDTH",
    "COLUMN",
    "COX",
    "EXTRA",
    "INTERVAL_SCORE",
    "KIND",
    "LOG_RANK",
    "MAX_COMBO",
    "MILESTONE",
    "MSPLINE",
    "POSTERIOR",
    "POWER",
    "RESTRICTED_MEAN",
    "START",
    "STRATIFIED",
    "WEIBULL",
    "WEIGHTED",
    "WIDTH",
]

(
    LOG_RANK,
    WEIGHTED,
    MAX_COMBO,
    COX,
    RESTRICTED_MEAN,
    MILESTONE,
    INTERVAL_SCORE,
    POSTERIOR,
    POWER,
    WEIBULL,
    MSPLINE,
) = range(11)
"""Kinds of analyses."""

KIND, STRATIFIED, COLUMN, WIDTH, START, EXTRA = range(6)
"""Places in an analysis' row of integers: its kind; whether it is stratified; its first column and
how many there are; where its numbers begin; and the first place that is the kind's own."""

CODE_WIDTH = 12
