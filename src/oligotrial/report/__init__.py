"""What a study found, as one self-contained page, tables and figures.

Names are loaded on first use, so that neither matplotlib nor jinja2 is imported before
something is drawn.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from oligotrial.report.contents import (
        Contents,
        ModelPart,
        Recommendation,
        SensitivityPart,
    )
    from oligotrial.report.folder import write

__all__ = ["Contents", "ModelPart", "Recommendation", "SensitivityPart", "write"]

_HOME = dict.fromkeys(__all__, "contents") | {"write": "folder"}


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
