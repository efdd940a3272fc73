"""Developer check: public docstrings name the parameters that the live signature has.

`numpydoc lint` reads source as text and can't see the parameters of a dataclass; numpydoc's
own validation, run here on the imported objects, can.
"""

import inspect
import sys
from collections.abc import Iterator
from dataclasses import is_dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
from numpydoc.validate import validate

SOURCE = Path(__file__).parents[1] / "src"
MODULES = sorted(
    ".".join(path.relative_to(SOURCE).with_suffix("").parts)
    for path in SOURCE.rglob("*.py")
    if path.name != "__init__.py"
)


def mistakes(module: ModuleType) -> list[str]:
    return [
        f"{path}: {text}"
        for path in documented(module)
        for code, text in validate(path)["errors"]
        if code in {"PR01", "PR02", "PR03"}
    ]


def documented(module: ModuleType) -> Iterator[str]:
    for name in getattr(module, "__all__", ()):
        member = getattr(module, name)
        path = f"{module.__name__}.{name}"
        if inspect.isfunction(member) and long(member):
            yield path
        if inspect.isclass(member):
            yield from documented_in_class(path, member)


def documented_in_class(path: str, member: type) -> Iterator[str]:
    if is_dataclass(member) and long(member):
        yield path
    for name, method in vars(member).items():
        if inspect.isfunction(method) and not name.startswith("_") and long(method):
            yield f"{path}.{name}"


def long(member: object) -> bool:
    """A docstring of one line leaves the parameters to their names and annotations."""
    return "\n" in (member.__doc__ or "").strip()


@pytest.mark.parametrize("name", MODULES)
def test_documented_parameters_are_those_of_the_signature(name: str) -> None:
    assert not mistakes(import_module(name))


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ("first, second", []),
        ("first", ["Unknown parameters {'second'}"]),
        ("first, second, third", ["Parameters {'third'} not documented"]),
        ("second, first", ["Wrong parameters order"]),
    ],
)
def test_the_check_can_fail(
    parameters: str, expected: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    docstring = "Return something.\n\n    Parameters\n    ----------\n    first, second : float\n"
    function = f'def f({parameters}):\n    """{docstring}    """\n'
    (tmp_path / "sample_docstring.py").write_text(f'__all__ = ["f"]\n\n\n{function}')
    monkeypatch.syspath_prepend(tmp_path)
    found = mistakes(import_module("sample_docstring"))
    sys.modules.pop("sample_docstring")
    assert [text for text in expected if not any(text in line for line in found)] == []
    assert len(found) == len(expected)
