"""What a PyTensor graph computes, as a digest: the same for every data set of a structure."""

import sys
from collections.abc import Sequence
from hashlib import sha256
from inspect import getsource
from typing import Any

import numpy as np
from pytensor.graph.basic import Constant
from pytensor.graph.op import Op
from pytensor.graph.traversal import toposort

__all__ = ["graph_digest"]


def graph_digest(outputs: Sequence[Any], inputs: Sequence[Any]) -> str | None:
    """Return a hash of all that a graph computes, whatever the values of its inputs.

    Parameters
    ----------
    outputs : sequence of pytensor Variable
        What is computed.
    inputs : sequence of pytensor Variable
        What it is computed from, in the order of a compiled function's arguments.

    Returns
    -------
    str or None
        Equal for graphs with the same operations on inputs of the same types in the same places
        and the same constants; nothing where an operation can't be told by its properties.

    Examples
    --------
    >>> import pytensor.tensor as pt
    >>> x, y = pt.dvectors("x", "y")
    >>> graph_digest([x + 1], [x]) == graph_digest([y + 1], [y])
    True
    >>> graph_digest([x + 1], [x]) == graph_digest([x + 2], [x])
    False
    """
    places: dict[Any, str] = {each: f"input {k} {each.type}" for k, each in enumerate(inputs)}
    lines = []
    for number, node in enumerate(toposort(list(outputs))):
        words = _operation(node.op)
        if words is None:
            return None
        given = [_place(each, places) for each in node.inputs]
        if None in given:
            return None
        lines.append(f"{words} {given} -> {[str(each.type) for each in node.outputs]}")
        places |= {each: f"{number}.{k}" for k, each in enumerate(node.outputs)}
    last = [_place(each, places) for each in outputs]
    if None in last:
        return None
    return sha256("\n".join([*lines, str(last)]).encode()).hexdigest()


def _place(variable: Any, places: dict[Any, str]) -> str | None:
    if isinstance(variable, Constant):
        value = variable.data
        if not isinstance(value, np.ndarray | np.generic | int | float | bool | slice | None):
            return None
        if isinstance(value, slice) or value is None:
            return f"constant {value!r}"
        array = np.asarray(value)
        return f"constant {array.dtype} {array.shape} {array.tobytes().hex()}"
    return places.get(variable)


def _operation(op: Op) -> str | None:
    """Return an operation's class and properties; nothing where these have no lasting name."""
    inner = getattr(op, "fgraph", None)
    body = ""
    if inner is not None:
        digest = graph_digest(inner.outputs, inner.inputs)
        if digest is None:
            return None
        body = digest
    parts = [f"{type(op).__module__}.{type(op).__qualname__}", body, _own_source(type(op))]
    for name in getattr(op, "__props__", ()) or ():
        words = _property(getattr(op, name))
        if words is None:
            return None
        parts.append(f"{name}={words}")
    return " ".join(parts)


def _own_source(kind: type) -> str:
    """Return a hash of the source of this package's own operations: their code may change."""
    if not kind.__module__.startswith(f"{__name__.partition('.')[0]}."):
        return ""
    return sha256(getsource(sys.modules[kind.__module__]).encode()).hexdigest()


def _property(value: Any) -> str | None:
    if isinstance(value, Op):
        return _operation(value)
    if isinstance(value, tuple | list):
        each = [_property(part) for part in value]
        return None if None in each else str(each)
    if callable(value) and hasattr(value, "__qualname__"):
        return f"{value.__module__}.{value.__qualname__}"
    words = repr(value)
    return None if " at 0x" in words else words
