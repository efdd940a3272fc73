"""The regressions that a source prints: which hazard ratios are of one model, and of what."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from oligotrial.checks import InputError
from oligotrial.cohort.endpoints import endpoints
from oligotrial.evidence import Evidence, Statistic

__all__ = ["Model", "models"]

_KEY: Final = re.compile(
    r"(?P<model>[a-z0-9_]+)\.(?P<what>hazard_ratio|p|c_index)"
    r"(\[covariate=(?P<covariate>[a-z0-9_]+)\])?"
)
_ALONE: Final = "uni"


@dataclass(frozen=True)
class Model:
    """One Cox regression as printed.

    Parameters
    ----------
    name : str
        What its keys begin with; where each covariate stands alone, with the covariate.
    endpoint : str
        Of which times.
    ratios : mapping of str to Statistic
        By covariate, in the order of print: its hazard ratio.
    p : mapping of str to Statistic
        By covariate: its p-value.
    c_index : Statistic, optional
        Harrell's C.
    """

    name: str
    endpoint: str
    ratios: Mapping[str, Statistic] = field(default_factory=dict)
    p: Mapping[str, Statistic] = field(default_factory=dict)
    c_index: Statistic | None = None

    @property
    def alone(self) -> bool:
        """Whether there is one covariate only, so that its hazard ratio is unadjusted."""
        return len(self.ratios) == 1


def models(evidence: Evidence) -> list[Model]:
    """Return the regressions of a source.

    Parameters
    ----------
    evidence : Evidence
        Keys are ``MODEL.hazard_ratio[covariate=NAME]``, ``MODEL.p[covariate=NAME]`` and
        ``MODEL.c_index``. All ratios of a MODEL are of one regression, unless its name begins
        with "uni" or is an endpoint's: then each is of a regression of its own. A MODEL is of
        the endpoint that its name begins or ends with ("os_cox", "uni_os"), else of the first.

    Returns
    -------
    list of Model
        Those with a hazard ratio, in the order of print.

    Raises
    ------
    InputError
        If a hazard ratio or an end of its interval isn't above 0.

    Examples
    --------
    >>> from oligotrial import evidence
    >>> [(each.name, len(each.ratios)) for each in models(evidence.load("marazzi2024"))]
    [('cox', 10)]
    """
    known = endpoints(evidence)
    ratios: dict[str, dict[str, Statistic]] = {}
    p: dict[str, dict[str, Statistic]] = {}
    c_index: dict[str, Statistic] = {}
    for each in evidence.statistics:
        found = _KEY.fullmatch(each.key)
        if not found or each.value is None:
            continue
        model, covariate = found["model"], found["covariate"]
        if found["what"] == "c_index" and not covariate:
            c_index[model] = each
        elif covariate and found["what"] != "c_index":
            name = f"{model}.{covariate}" if _stands_alone(model, known) else model
            if found["what"] == "p":
                p.setdefault(name, {})[covariate] = each
            else:
                _positive(each, evidence)
                ratios.setdefault(name, {})[covariate] = each
    return [
        Model(name, _endpoint(name.partition(".")[0], known), found, p.get(name, {}),
              c_index.get(name))
        for name, found in ratios.items()
    ]  # fmt: skip


def _stands_alone(model: str, known: tuple[str, ...]) -> bool:
    return model in known or any(part.startswith(_ALONE) for part in model.split("_"))


def _endpoint(model: str, known: tuple[str, ...]) -> str:
    fitting = [
        each
        for each in known
        if model == each or model.startswith(f"{each}_") or model.endswith(f"_{each}")
    ]
    return max(fitting, key=len, default=known[0] if known else "")


def _positive(each: Statistic, evidence: Evidence) -> None:
    for number in (each.value, each.lower, each.upper):
        if number is not None and number < 0.0:
            raise InputError(
                f"{number:g} is no hazard ratio or limit of one; give a number above 0",
                where=f"{evidence.id}, {each.key}",
            )
