"""Read a TOML file into a pydantic model; every mistake names the file and the key."""

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from oligotrial.checks import InputError, suggestion

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError

__all__ = ["parse", "read"]


def read[Spec: "BaseModel"](path: Path, spec: type[Spec]) -> Spec:
    """Read a TOML file as a specification.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    spec : type of pydantic.BaseModel
        What the file has to hold; keys it doesn't know are refused.

    Returns
    -------
    pydantic.BaseModel
        An instance of `spec`.

    Raises
    ------
    InputError
        If there is no such file, it isn't TOML, or a key is missing, unknown or wrong.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError(
            "there is no such file; give the path of an existing one", where=str(path)
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"can't be read as UTF-8 text ({error})", where=str(path)) from None
    if not text.strip():
        raise InputError("this file is empty; fill it in", where=str(path))
    return parse(text, spec, where=str(path))


def parse[Spec: "BaseModel"](text: str, spec: type[Spec], *, where: str) -> Spec:
    """Read TOML text as a specification; `where` is what errors call it.

    Parameters
    ----------
    text : str
        The TOML text.
    spec : type of pydantic.BaseModel
        What the text has to hold.
    where : str
        The file's name, for messages.

    Returns
    -------
    pydantic.BaseModel
        An instance of `spec`.

    Raises
    ------
    InputError
        If the text isn't TOML, or a key is missing, unknown or wrong.
    """
    from pydantic import ValidationError

    try:
        return spec.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"is not valid TOML: {error}", where=where) from None
    except ValidationError as error:
        raise _first_mistake(error, spec, where) from None


def _first_mistake(error: "ValidationError", spec: "type[BaseModel]", where: str) -> InputError:
    mistakes = error.errors(include_url=False)
    first = min(mistakes, key=lambda mistake: mistake["type"] != "extra_forbidden")
    place = f"{where}, {_key(first['loc'])}" if first["loc"] else where
    match first["type"]:
        case "extra_forbidden":
            names = _siblings(spec, first["loc"])
            problem = f"unknown key{suggestion(str(first['loc'][-1]), names)}"
            problem += f"; allowed here: {', '.join(sorted(names))}" if names else ""
        case "missing":
            problem = "this key is missing; add it"
        case "value_error":
            problem = str(first["ctx"]["error"])
        case _:
            problem = f"{first['input']!r} won't do: {_rule(first['msg'])}"
    more = len(mistakes) - 1
    also = f" (and {more} more mistake{'s' if more > 1 else ''} in this file)" if more else ""
    return InputError(problem + also, where=place)


def _rule(message: str) -> str:
    """Return pydantic's words for a rule as the rest of a sentence about a file."""
    plain = re.sub(r"^\w+ should", "it has to", message)
    return re.sub(r" after validation|, unable to parse .*", "", plain)


def _key(location: Sequence[str | int]) -> str:
    words = ""
    for part in location:
        words += f"[{part + 1}]" if isinstance(part, int) else f".{part}"
    return f"key {words.lstrip('.')}"


def _siblings(spec: "type[BaseModel]", location: Sequence[str | int]) -> list[str]:
    from pydantic import BaseModel

    fields = {name: field.annotation for name, field in spec.model_fields.items()}
    for part in location[:-1]:
        inner = [
            kind
            for kind in _kinds(fields.get(str(part)) if isinstance(part, str) else None)
            if isinstance(kind, type) and issubclass(kind, BaseModel)
        ]
        if not inner:
            if isinstance(part, int):
                continue
            return []
        fields = {name: field.annotation for name, field in inner[0].model_fields.items()}
    return list(fields)


def _kinds(annotation: object) -> list[object]:
    inner = getattr(annotation, "__args__", ())
    return [annotation, *(kind for part in inner for kind in _kinds(part))]
