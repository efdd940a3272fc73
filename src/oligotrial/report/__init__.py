"""What a study found, as one self-contained page, tables and figures.

Names are loaded on first use, so that neither matplotlib nor jinja2 is imported before
something is drawn.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from oligotrial.report.contents import Contents
    from oligotrial.report.figures.distances import draw_distances
    from oligotrial.report.figures.forest import DIFFERENCE, HAZARD_RATIO, Measure, draw_forest
    from oligotrial.report.figures.incidence import draw_cumulative_incidence
    from oligotrial.report.figures.kaplan_meier import draw_kaplan_meier
    from oligotrial.report.figures.overlay import draw_reconstruction
    from oligotrial.report.figures.posterior import (
        draw_hazard_ratio,
        draw_posterior,
        draw_predictive,
    )
    from oligotrial.report.figures.prior import draw_prior
    from oligotrial.report.figures.ranks import draw_ranks
    from oligotrial.report.figures.rule import draw_rule
    from oligotrial.report.figures.saving import save
    from oligotrial.report.figures.sheet import NARROW, WIDE, Layout, Sheet
    from oligotrial.report.folder import write
    from oligotrial.report.moments import moment_words
    from oligotrial.report.parts import ModelPart, Recommendation, SensitivityPart
    from oligotrial.report.rule import RulePart, rule_part, rule_table

__all__ = [
    "DIFFERENCE",
    "HAZARD_RATIO",
    "NARROW",
    "WIDE",
    "Contents",
    "Layout",
    "Measure",
    "ModelPart",
    "Recommendation",
    "RulePart",
    "SensitivityPart",
    "Sheet",
    "draw_cumulative_incidence",
    "draw_distances",
    "draw_forest",
    "draw_hazard_ratio",
    "draw_kaplan_meier",
    "draw_posterior",
    "draw_predictive",
    "draw_prior",
    "draw_ranks",
    "draw_reconstruction",
    "draw_rule",
    "moment_words",
    "rule_part",
    "rule_table",
    "save",
    "write",
]

_NAMES = {
    "contents": ("Contents",),
    "figures.distances": ("draw_distances",),
    "figures.forest": ("DIFFERENCE", "HAZARD_RATIO", "Measure", "draw_forest"),
    "figures.incidence": ("draw_cumulative_incidence",),
    "figures.kaplan_meier": ("draw_kaplan_meier",),
    "figures.overlay": ("draw_reconstruction",),
    "figures.posterior": ("draw_hazard_ratio", "draw_posterior", "draw_predictive"),
    "figures.prior": ("draw_prior",),
    "figures.ranks": ("draw_ranks",),
    "figures.rule": ("draw_rule",),
    "figures.saving": ("save",),
    "figures.sheet": ("NARROW", "WIDE", "Layout", "Sheet"),
    "folder": ("write",),
    "moments": ("moment_words",),
    "parts": ("ModelPart", "Recommendation", "SensitivityPart"),
    "rule": ("RulePart", "rule_part", "rule_table"),
}
_HOME = {name: home for home, names in _NAMES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for."""
    if name not in _HOME:
        raise AttributeError(f"module 'oligotrial.report' has no attribute {name!r}")
    value = getattr(import_module(f"oligotrial.report.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted(__all__)
