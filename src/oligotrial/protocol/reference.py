"""Every key that a specification's models know, for its documentation and its tests."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from oligotrial.toml import models_in

__all__ = ["Key", "Table", "as_markdown", "keys", "keys_of", "tables"]


@dataclass(frozen=True)
class Table:
    """A table of a file.

    Parameters
    ----------
    model : type
        Its model.
    places : tuple of str
        Where it may stand, as "design.looks"; "" for the top.
    """

    model: type[BaseModel]
    places: tuple[str, ...]

    @property
    def kind(self) -> str:
        """What tells it from others at the same place, as 'test = "cox"'; "" if nothing does."""
        for name, field in self.model.model_fields.items():
            allowed: tuple[object, ...] = getattr(field.annotation, "__args__", ())
            if name in ("kind", "test") and len(allowed) == 1:
                return f'{name} = "{allowed[0]}"'
        return ""


@dataclass(frozen=True)
class Key:
    """A key of a table.

    Parameters
    ----------
    model : type
        The table's model.
    name : str
        The key.
    rule : str
        What it may be.
    default : str
        What holds where it is left out, as a file would write it; "needed" where it may not be.
    meaning : str
        What it says.
    """

    model: type[BaseModel]
    name: str
    rule: str
    default: str
    meaning: str


def tables(model: type[BaseModel]) -> list[Table]:
    """Return a specification's tables.

    Parameters
    ----------
    model : type of pydantic.BaseModel
        The whole.

    Returns
    -------
    list of Table
        In the order in which a reader meets them, each once.
    """
    places: dict[type[BaseModel], list[str]] = {}
    for place, table in _walk(model, "", set()):
        known = places.setdefault(table, [])
        if place not in known:
            known.append(place)
    return [Table(table, tuple(found)) for table, found in places.items()]


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
    return [key for table in tables(model) for key in keys_of(table.model)]


def keys_of(model: type[BaseModel]) -> list[Key]:
    """Return the keys of one table.

    Parameters
    ----------
    model : type of pydantic.BaseModel
        The table.

    Returns
    -------
    list of Key
        In the model's order.
    """
    whole = model.model_json_schema()
    definitions = whole.get("$defs", {})
    schema = definitions[model.__name__] if "$ref" in whole else whole
    return [
        Key(
            model,
            name,
            _rule(schema["properties"][name], definitions),
            "needed" if field.is_required() else _default(field.get_default()),
            " ".join((field.description or "").split()),
        )
        for name, field in model.model_fields.items()
    ]


def as_markdown(model: type[BaseModel]) -> str:
    """Return every table of a specification with its keys, as a page of documentation.

    Parameters
    ----------
    model : type of pydantic.BaseModel
        The whole.

    Returns
    -------
    str
        Markdown: a heading and a table for each.
    """
    return "\n".join(map(_section, tables(model)))


def _section(table: Table) -> str:
    first, *others = table.places
    title = f"`[{first}]`" if first else "The file"
    title += f" with `{table.kind}`" if table.kind else ""
    told = _paragraph(table.model.__doc__ or "")
    if others:
        told += f" Also at {', '.join(f'`{place}`' for place in others)}."
    rows = [
        f"| `{key.name}` | {key.rule} | {key.default} | {key.meaning} |"
        for key in keys_of(table.model)
    ]
    head = ["| key | may be | left out | says |", "|---|---|---|---|"]
    return "\n".join([f"### {title}", "", told, "", *head, *rows, ""])


def _paragraph(text: str) -> str:
    return " ".join(text.split())


def _default(value: object) -> str:
    match value:
        case None:
            return "nothing"
        case BaseModel():
            return "its defaults"
        case bool():
            return f"`{str(value).lower()}`"
        case str():
            return f'`"{value}"`'
        case tuple() | list():
            return f"`{list(value)}`"
        case dict():
            return "nothing"
    return f"`{value:g}`" if isinstance(value, int | float) else f"`{value}`"


def _walk(
    model: type[BaseModel], place: str, seen: set[type[BaseModel]]
) -> Iterator[tuple[str, type[BaseModel]]]:
    """Yield each table with its place; what is below one is told where it stands first."""
    yield place, model
    if model in seen:
        return
    seen.add(model)
    for name, field in model.model_fields.items():
        below = f"{place}.{name}" if place else name
        for inner in models_in(field.annotation):
            if inner is not model:  # a moment may hold moments
                yield from _walk(inner, below, seen)


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
