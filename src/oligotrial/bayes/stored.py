"""A survival model as text, as a stored fit keeps it: data that nothing evaluates."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from oligotrial.bayes import priors
from oligotrial.bayes.baselines import BASELINES, restored
from oligotrial.bayes.effects import EFFECTS
from oligotrial.bayes.model import SurvivalModel
from oligotrial.bayes.modifiers import MODIFIERS

__all__ = ["from_json", "to_json"]


def to_json(model: SurvivalModel) -> str:
    """Return a model as JSON.

    Parameters
    ----------
    model : SurvivalModel
        The model, suited or not.

    Returns
    -------
    str
        All that its parts were made with.

    Examples
    --------
    >>> model = SurvivalModel("Surv(time, event) ~ age")
    >>> from_json(to_json(model)) == model
    True
    """
    stored = {
        "formula": model.text,
        "baseline": _part(model.baseline),
        "priors": [[name, *_part(prior)] for name, prior in model.priors.given],
        "effect": _part(model.effect),
        "modifiers": [_part(each) for each in model.modifiers],
        "states": model.states,
    }
    return json.dumps(stored)


def from_json(text: str) -> SurvivalModel:
    """Return the model that `to_json` wrote.

    Parameters
    ----------
    text : str
        What it returned.

    Returns
    -------
    SurvivalModel
        An equal model.
    """
    stored: Mapping[str, Any] = json.loads(text)
    kind, fields = stored["baseline"]
    effect, options = stored["effect"]
    states = stored["states"]
    return SurvivalModel(
        stored["formula"],
        restored(_named(BASELINES.values())[kind], fields),
        priors.Priors(
            tuple((name, priors.KINDS[each](**values)) for name, each, values in stored["priors"])
        ),
        effect=_named(EFFECTS.values())[effect](**options),
        modifiers=tuple(
            _named(MODIFIERS.values())[each](**values) for each, values in stored["modifiers"]
        ),
        states=None if states is None else tuple((name, state) for name, state in states),
    )


def _part(part: Any) -> list[Any]:
    return [type(part).__name__, asdict(part)]


def _named(kinds: Iterable[type]) -> dict[str, Any]:
    return {kind.__name__: kind for kind in kinds}
