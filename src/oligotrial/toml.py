"""Read a TOML file into a pydantic model; every mistake names the file and the key."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oligotrial.checks import InputError, suggestion

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError

__all__ = ["models_in", "parse", "read"]


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
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"is not valid TOML: {error}", where=where) from None
    try:
        return spec.model_validate(given)
    except ValidationError as error:
        raise _first_mistake(error, spec, given, where=where) from None


def _first_mistake(
    error: "ValidationError", spec: "type[BaseModel]", given: object, *, where: str
) -> InputError:
    mistakes = error.errors(include_url=False)
    first = min(mistakes, key=lambda mistake: mistake["type"] != "extra_forbidden")
    key = _key(_place(first, given))
    place = f"{where}, {key}" if key else where
    match first["type"]:
        case "extra_forbidden":
            names = _siblings(spec, first["loc"])
            problem = f"unknown key{suggestion(str(first['loc'][-1]), names)}"
            problem += f"; allowed here: {', '.join(sorted(names))}" if names else ""
        case "missing":
            problem = "this key is missing; add it"
        case "value_error":
            problem = str(first["ctx"]["error"])
        case "union_tag_not_found":
            problem = "this key is missing; add it: it says which kind this is"
        case "union_tag_invalid":
            tag, allowed = first["ctx"]["tag"], first["ctx"]["expected_tags"]
            close = suggestion(str(tag), re.findall("'([^']+)'", allowed))
            problem = f"'{tag}' is none of {allowed}{close}"
        case _:
            problem = f"{first['input']!r} won't do: {_rule(first['msg'])}"
    more = len({_place(mistake, given) for mistake in mistakes}) - 1
    also = f" (and {more} more mistake{'s' if more > 1 else ''} in this file)" if more else ""
    return InputError(problem + also, where=place)


def _rule(message: str) -> str:
    """Return pydantic's words for a rule as the rest of a sentence about a file."""
    plain = re.sub(r"^\w+ should", "it has to", message)
    return re.sub(r" after validation|, unable to parse .*", "", plain)


def _place(mistake: Mapping[str, Any], given: Any) -> tuple[str | int, ...]:
    """Return where in the file a mistake is: pydantic's place without the names of union members.

    A key that isn't in the file is a mistake's place only where it is missing.
    """
    place: list[str | int] = []
    for number, part in enumerate(mistake["loc"], start=1):
        if _has(given, part):
            given = given[part]
        elif not (mistake["type"] == "missing" and number == len(mistake["loc"])):
            continue
        place.append(part)
    if mistake["type"].startswith("union_tag"):
        place.append(mistake["ctx"]["discriminator"].strip("'"))
    return tuple(place)


def _has(given: Any, part: str | int) -> bool:
    if isinstance(given, Mapping):
        return part in given
    return isinstance(part, int) and isinstance(given, list | tuple) and part < len(given)


def _key(location: Sequence[str | int]) -> str:
    words = ""
    for part in location:
        words += f"[{part + 1}]" if isinstance(part, int) else f".{part}"
    return f"key {words.lstrip('.')}" if words else ""


def _siblings(spec: "type[BaseModel]", location: Sequence[str | int]) -> list[str]:
    """Return the keys that a table may have, by pydantic's place of one that it may not."""
    models = [spec]
    for part in location[:-1]:
        if not isinstance(part, str):
            continue
        fields = [model.model_fields[part] for model in models if part in model.model_fields]
        if fields:
            models = models_in(fields[0].annotation)
        else:  # the name of a union's member
            models = [model for model in models if _is_called(model, part)] or models
    return list(models[0].model_fields) if models else []


def models_in(annotation: object) -> "list[type[BaseModel]]":
    """Return the models that a key's type names, those of a list or of a union too."""
    from pydantic import BaseModel

    return [
        kind
        for kind in _kinds(annotation)
        if isinstance(kind, type) and issubclass(kind, BaseModel)
    ]


def _is_called(model: "type[BaseModel]", name: str) -> bool:
    return any(
        name in getattr(field.annotation, "__args__", ()) for field in model.model_fields.values()
    )


def _kinds(annotation: object) -> list[object]:
    annotation = getattr(annotation, "__value__", annotation)
    inner = getattr(annotation, "__args__", ())
    return [annotation, *(kind for part in inner for kind in _kinds(part))]
