"""Calls in a formula, such as ``bed(schedule, alpha_beta=4)``, read and never evaluated."""

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from inspect import signature
from typing import Any

from oligotrial.checks import InputError, suggestion

__all__ = [
    "FORMULA",
    "Call",
    "Reader",
    "flag",
    "number",
    "numbers",
    "object_of",
    "one_word_of",
    "read_call",
    "read_options",
    "whole",
    "word",
    "wrong",
]

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
    arguments : tuple of str or Call
        The columns, or calls, in it.
    options : mapping of str to ast.expr
        What stands behind each ``option=``, not read yet.
    text : str
        The call as it is written.
    """

    name: str
    arguments: tuple["str | Call", ...]
    options: Mapping[str, ast.expr]
    text: str

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns in it, or `InputError` where something else is."""
        for each in self.arguments:
            if isinstance(each, Call):
                raise wrong(f"'{each.text}' in '{self.text}' is not the name of a column")
        return tuple(map(str, self.arguments))


def read_call(text: str) -> Call | None:
    """Return the parts of a call; nothing for a plain name."""
    try:
        tree = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise wrong(f"'{text}' is not a term") from None
    if isinstance(tree, ast.Name):
        return None
    if not isinstance(tree, ast.Call) or not isinstance(tree.func, ast.Name):
        raise wrong(f"'{text}' is not a column or a term such as monotone(line)")
    return _call(tree, text)


def read_options(call: Call, readers: Mapping[str, Reader]) -> dict[str, Any]:
    """Return a call's options by name, or raise `InputError` at one that isn't known."""
    for option in call.options:
        if option not in readers:
            raise wrong(
                f"'{option}' in '{call.text}' is not known{suggestion(option, readers)}; "
                f"{call.name} takes {', '.join(readers) or 'a column only'}"
            )
    return {
        option: readers[option](node, option, call.text) for option, node in call.options.items()
    }


def number(node: ast.expr, option: str, text: str) -> float:
    """Return a number that is written out, with or without a minus sign."""
    minus = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)
    digits = node.operand if isinstance(node, ast.UnaryOp) and minus else node
    if not isinstance(digits, ast.Constant) or type(digits.value) not in (int, float):
        raise wrong(f"'{option}={ast.unparse(node)}' in '{text}' is not a number")
    return float(repr(digits.value)) * (-1.0 if minus else 1.0)


def whole(node: ast.expr, option: str, text: str) -> int:
    """Return a whole number that is written out."""
    value = number(node, option, text)
    if not value.is_integer():
        raise wrong(f"'{option}={ast.unparse(node)}' in '{text}' is not a whole number")
    return int(value)


def numbers(node: ast.expr, option: str, text: str) -> tuple[float, ...]:
    """Return numbers that are written out in brackets, ``(6, 12)``."""
    if not isinstance(node, ast.Tuple | ast.List):
        raise wrong(f"'{option}={ast.unparse(node)}' in '{text}' is not a list such as (6, 12)")
    return tuple(number(each, option, text) for each in node.elts)


def word(node: ast.expr, option: str, text: str) -> str:
    """Return a text in quotes."""
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or not node.value:
        raise wrong(f"'{option}={ast.unparse(node)}' in '{text}' is not a text in quotes")
    return node.value


def flag(node: ast.expr, option: str, text: str) -> bool:
    """Return True or False."""
    if not isinstance(node, ast.Constant) or not isinstance(node.value, bool):
        raise wrong(f"'{option}={ast.unparse(node)}' in '{text}' is neither True nor False")
    return node.value


def one_word_of(allowed: Mapping[str, Any]) -> Reader:
    """Return what reads one of some texts in quotes into what it stands for."""

    def read(node: ast.expr, option: str, text: str) -> Any:
        given = word(node, option, text)
        if given not in allowed:
            raise wrong(
                f"'{option}={ast.unparse(node)}' in '{text}' is not one of "
                f"{', '.join(map(repr, allowed))}{suggestion(given, allowed)}"
            )
        return allowed[given]

    return read


def object_of(makers: Mapping[str, Callable[..., object]]) -> Reader:
    """Return what reads ``name(option=number, ...)`` into what the maker of that name makes."""

    def read(node: ast.expr, option: str, text: str) -> object:
        given = ast.unparse(node)
        call = read_call(given) if isinstance(node, ast.Call) else None
        if call is None or call.name not in makers or call.columns:
            raise wrong(f"'{option}={given}' in '{text}' is not {_shapes(makers)}")
        make = makers[call.name]
        found = read_options(call, dict.fromkeys(signature(make).parameters, number))
        try:
            return make(**found)
        except TypeError:
            raise wrong(f"'{given}' in '{text}' needs more; write {_shapes(makers)}") from None

    return read


def wrong(problem: str) -> InputError:
    """Return the error that tells a mistake in a formula."""
    return InputError(problem, where=FORMULA)


def _call(tree: ast.Call, text: str) -> Call:
    arguments = tuple(_argument(argument, text) for argument in tree.args)
    options = {str(each.arg): each.value for each in tree.keywords}
    if len(options) < len(tree.keywords):
        raise wrong(f"'{text}' gives an option twice; keep one")
    name = tree.func.id if isinstance(tree.func, ast.Name) else ""
    return Call(name, arguments, options, text)


def _argument(node: ast.expr, text: str) -> str | Call:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return _call(node, ast.unparse(node))
    if not isinstance(node, ast.Name):
        raise wrong(f"'{ast.unparse(node)}' in '{text}' is not the name of a column")
    return node.id


def _shapes(makers: Mapping[str, Callable[..., object]]) -> str:
    return " or ".join(
        f"{name}({', '.join(f'{each}=...' for each in signature(make).parameters)})"
        for name, make in makers.items()
    )
