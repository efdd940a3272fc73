"""Every key that a specification's models know, for its documentation and its tests."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from oligotrial.toml import models_in

__all__ = ["Key", "keys", "tables"]


@dataclass(frozen=True)
class Key:
    """One key.

    Parameters
    ----------
    model : type
        The table's model.
    place : str
        The table, as a file writes it; "" for the top.
    name : str
        The key.
    required : bool
        Whether it has to be there.
    default : object
        What holds where it is left out.
    rule : str
        What it may be.
    meaning : str
        What it says.
    """

    model: type[BaseModel]
    place: str
    name: str
    required: bool
    default: Any
    rule: str
    meaning: str


def tables(model: type[BaseModel]) -> list[tuple[str, type[BaseModel]]]:
    """Return a specification's tables, each where it is found first.

    Parameters
    ----------
    model : type of pydantic.BaseModel
        The whole.

    Returns
    -------
    list of (str, type)
        Places such as "design.looks", and their models.
    """
    found: dict[type[BaseModel], str] = {}
    for place, table in _walk(model, ""):
        found.setdefault(table, place)
    return [(place, table) for table, place in found.items()]


def keys(model: type[BaseModel]) -> list[Key]:
    """Return every key of a specification.

    Parameters
    ----------
    model : type of pydantic.BaseModel
        The whole.

    Returns
    -------
    list of Key
        Table by table, in the models' order.
    """
    return [key for place, table in tables(model) for key in _keys(place, table)]


def _walk(model: type[BaseModel], place: str) -> Iterator[tuple[str, type[BaseModel]]]:
    yield place, model
    for name, field in model.model_fields.items():
        below = f"{place}.{name}" if place else name
        for inner in models_in(field.annotation):
            if inner is not model:  # a moment may hold moments
                yield from _walk(inner, below)


def _keys(place: str, model: type[BaseModel]) -> Iterator[Key]:
    whole = model.model_json_schema()
    definitions = whole.get("$defs", {})
    schema = definitions[model.__name__] if "$ref" in whole else whole
    for name, field in model.model_fields.items():
        default = None if field.default is PydanticUndefined else field.default
        rule = _rule(schema["properties"][name], definitions)
        meaning = " ".join((field.description or "").split())
        yield Key(model, place, name, field.is_required(), default, rule, meaning)


def _rule(schema: dict[str, Any], definitions: dict[str, Any]) -> str:
    """Return what a key may be, from its JSON schema."""
    if "$ref" in schema:
        return _rule(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    for name in ("anyOf", "oneOf"):
        if name in schema:
            parts = [part for part in schema[name] if part.get("type") != "null"]
            return " or ".join(dict.fromkeys(_rule(part, definitions) for part in parts))
    if "enum" in schema:
        return ", ".join(f'`"{value}"`' for value in schema["enum"])
    if "const" in schema:
        return f'`"{schema["const"]}"`'
    return _KINDS[schema.get("type", "object")](schema, definitions)


def _number(schema: dict[str, Any], _: dict[str, Any]) -> str:
    noun = "whole number" if schema["type"] == "integer" else "number"
    bounds = [
        f"{words} {schema[name]:g}"
        for name, words in (
            ("exclusiveMinimum", "above"),
            ("minimum", "at least"),
            ("exclusiveMaximum", "below"),
            ("maximum", "at most"),
        )
        if name in schema
    ]
    return " ".join([noun, " and ".join(bounds)]).strip()


def _list(schema: dict[str, Any], definitions: dict[str, Any]) -> str:
    if "prefixItems" in schema:
        each = [_rule(part, definitions) for part in schema["prefixItems"]]
        return f"list of {len(each)}: {each[0]}"
    least = schema.get("minItems", 0)
    count = f" ({least} or more)" if least > 1 else ""
    return f"list{count}: {_rule(schema['items'], definitions)}"


_KINDS: dict[str, Callable[[dict[str, Any], dict[str, Any]], str]] = {
    "number": _number,
    "integer": _number,
    "array": _list,
    "string": lambda *_: "text",
    "boolean": lambda *_: "true or false",
    "object": lambda schema, _: "table" if "properties" in schema else "names and texts",
}
