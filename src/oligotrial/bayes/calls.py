"""Calls in a formula, such as ``bed(schedule, alpha_beta=4)``, read and never evaluated."""

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from inspect import signature
from typing import Any

from oligotrial.checks import InputError, suggestion

__all__ = ["FORMULA", "Call", "Reader", "number", "object_of", "read_call", "read_options", "wrong"]

FORMULA = "key formula"
"""Where mistakes in a formula are said to be."""

type Reader = Callable[[ast.expr, str, str], Any]
"""Makes a value of an option's node, the option's name and the text that it is in."""


@dataclass(frozen=True)
class Call:
    """The parts of ``name(column, option=value)``.

    Parameters
    ----------
    name : str
        What is called.
    columns : tuple of str
        The names in it.
    options : mapping of str to ast.expr
        What stands behind each ``option=``, not read yet.
    """

    name: str
    columns: tuple[str, ...]
    options: Mapping[str, ast.expr]


def read_call(text: str) -> Call | None:
    """Return the parts of a call; nothing for a plain name."""
    try:
        tree = ast.parse(text, mode="eval").body
    except SyntaxError:
        raise wrong(f"'{text}' is not a term") from None
    if isinstance(tree, ast.Name):
        return None
    if not isinstance(tree, ast.Call) or not isinstance(tree.func, ast.Name):
        raise wrong(f"'{text}' is not a column or a term such as monotone(line)")
    columns = tuple(_column(argument, text) for argument in tree.args)
    options = {str(each.arg): each.value for each in tree.keywords}
    if len(options) < len(tree.keywords):
        raise wrong(f"'{text}' gives an option twice; keep one")
    return Call(tree.func.id, columns, options)


def read_options(call: Call, readers: Mapping[str, Reader], text: str) -> dict[str, Any]:
    """Return a call's options by name, or raise `InputError` at one that isn't known."""
    for option in call.options:
        if option not in readers:
            raise wrong(
                f"'{option}' in '{text}' is not known{suggestion(option, readers)}; "
                f"{call.name} takes {', '.join(readers) or 'a column only'}"
            )
    return {option: readers[option](node, option, text) for option, node in call.options.items()}


def number(node: ast.expr, option: str, text: str) -> float:
    """Return a number that is written out, with or without a minus sign."""
    minus = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)
    digits = node.operand if isinstance(node, ast.UnaryOp) and minus else node
    if not isinstance(digits, ast.Constant) or type(digits.value) not in (int, float):
        raise wrong(f"'{option}={ast.unparse(node)}' in '{text}' is not a number")
    return float(str(digits.value)) * (-1.0 if minus else 1.0)


def object_of(makers: Mapping[str, Callable[..., object]]) -> Reader:
    """Return what reads ``name(option=number, ...)`` into what the maker of that name makes."""

    def read(node: ast.expr, option: str, text: str) -> object:
        given = ast.unparse(node)
        call = read_call(given) if isinstance(node, ast.Call) else None
        if call is None or call.name not in makers or call.columns:
            raise wrong(f"'{option}={given}' in '{text}' is not {_shapes(makers)}")
        make = makers[call.name]
        numbers = read_options(call, dict.fromkeys(signature(make).parameters, number), given)
        try:
            return make(**numbers)
        except TypeError:
            raise wrong(f"'{given}' in '{text}' needs more; write {_shapes(makers)}") from None

    return read


def wrong(problem: str) -> InputError:
    """Return the error that tells a mistake in a formula."""
    return InputError(problem, where=FORMULA)


def _column(node: ast.expr, text: str) -> str:
    if not isinstance(node, ast.Name):
        raise wrong(f"'{ast.unparse(node)}' in '{text}' is not the name of a column")
    return node.id


def _shapes(makers: Mapping[str, Callable[..., object]]) -> str:
    return " or ".join(
        f"{name}({', '.join(f'{each}=...' for each in signature(make).parameters)})"
        for name, make in makers.items()
    )
