"""Plan a randomised trial from little data.

Names are loaded on first use, so that ``import oligotrial`` stays light: neither
PyMC nor matplotlib is imported until something needs it.
"""

from importlib import import_module
from importlib.metadata import version
from typing import Any

__version__ = version("oligotrial")

_HOME = {
    "Cohort": "oligotrial.cohort",
    "Design": "oligotrial.trial",
    "Evidence": "oligotrial.evidence",
    "Fit": "oligotrial.bayes",
    "InputError": "oligotrial.checks",
    "Schedule": "oligotrial.radiobiology",
    "SurvivalModel": "oligotrial.bayes",
    "bayes": "",
    "cohort": "",
    "estimators": "",
    "evidence": "",
    "hazard": "",
    "radiobiology": "",
    "report": "",
    "simulate": "",
    "study": "",
    "trial": "",
}

__all__ = ["__version__", *_HOME]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for."""
    if name not in _HOME:
        raise AttributeError(f"module 'oligotrial' has no attribute {name!r}")
    home = _HOME[name]
    return getattr(import_module(home), name) if home else import_module(f"oligotrial.{name}")


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted(__all__)
