"""Developer checks of what holds for the project as a whole."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
HEAVY = {"arviz", "matplotlib", "numba", "nutpie", "pymc", "pytensor"}
MACHINES = {
    "Linux": {"sys_platform": "linux", "platform_machine": "x86_64"},
    "Apple silicon": {"sys_platform": "darwin", "platform_machine": "arm64"},
    "Intel Mac": {"sys_platform": "darwin", "platform_machine": "x86_64"},
    "Windows": {"sys_platform": "win32", "platform_machine": "AMD64"},
}


def requirements(extras: bool = True) -> list[Requirement]:
    optional = PROJECT["optional-dependencies"].values() if extras else []
    return [Requirement(line) for line in sum(optional, list(PROJECT["dependencies"]))]


def pins() -> list[Requirement]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def names(found: list[Requirement]) -> set[str]:
    return {canonicalize_name(requirement.name) for requirement in found}


def loaded_by(statements: str) -> set[str]:
    """What of the heavy packages a fresh interpreter holds after some statements."""
    code = f"import sys\n{statements}\nprint(*sys.modules, file=sys.stderr)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return HEAVY & set(run.stderr.split())


@pytest.mark.parametrize(
    "statements",
    [
        "import oligotrial",
        "import oligotrial.cli",
        "from oligotrial.cli import main\n"
        "sys.argv = ['oligotrial', '--help']\n"
        "try: main()\nexcept SystemExit as end: assert not end.code",
    ],
    ids=["import oligotrial", "import oligotrial.cli", "oligotrial --help"],
)
def test_the_start_loads_nothing_heavy(statements: str) -> None:
    assert not loaded_by(statements)


def test_what_is_loaded_would_be_seen() -> None:
    assert "numba" in loaded_by("import numba")


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("python", ["3.12", "3.13", "3.14"])
def test_every_dependency_has_one_pin_within_its_bounds(machine: str, python: str) -> None:
    here = {**MACHINES[machine], "python_version": python, "python_full_version": f"{python}.0"}
    for wanted in requirements():
        pinned = [
            pin
            for pin in pins()
            if canonicalize_name(pin.name) == canonicalize_name(wanted.name)
            and (pin.marker is None or pin.marker.evaluate(here))
        ]
        assert len(pinned) == 1, wanted.name
        (specifier,) = pinned[0].specifier
        assert specifier.operator == "=="
        assert wanted.specifier.contains(specifier.version), str(pinned[0])


def test_pins_are_names_and_versions_only() -> None:
    assert all(pin.url is None and len(pin.specifier) == 1 for pin in pins())


def third_party_imports() -> Iterator[tuple[str, str]]:
    for path in (ROOT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                yield from ((alias.name.split(".")[0], path.name) for alias in node.names)
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield node.module.split(".")[0], path.name


def test_what_the_package_imports_it_declares() -> None:
    declared = names(requirements())
    homes = packages_distributions()
    undeclared = {
        (name, where)
        for name, where in third_party_imports()
        if name not in sys.stdlib_module_names | {"oligotrial"}
        and not declared & {canonicalize_name(home) for home in homes.get(name, [name])}
    }
    assert not undeclared


def text_files() -> Iterator[Path]:
    for folder in (".ci", "docs", "models", "scripts", "simulations", "src"):
        yield from (path for path in (ROOT / folder).rglob("*") if path.is_file())
    yield from (
        path
        for path in ROOT.iterdir()
        if path.is_file() and not path.name.startswith((".git", ".coverage"))
    )


def test_no_file_names_a_package_index_or_somebodys_folder() -> None:
    unwanted = re.compile(
        r"index-url|find-links|trusted-host|pyp[i]\.org|pythonhosted|tool\.uv\.(index|sources)"
        r"|(?<![\w.~])/(home|Users|root|work)/"
    )
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in text_files()
        if path.suffix in {"", ".cfg", ".cff", ".md", ".py", ".toml", ".txt", ".yaml"}
        and "_build" not in path.parts
        for match in [unwanted.search(path.read_text(encoding="utf-8", errors="replace"))]
        if match
    ]
    assert not found


def test_the_version_is_the_same_everywhere() -> None:
    citation = re.search(r"^version: (\S+)$", (ROOT / "CITATION.cff").read_text(), re.MULTILINE)
    newest = re.search(r"^## \[([\d.]+)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert citation
    assert newest
    assert citation[1] == newest[1] == PROJECT["version"]


def test_the_licence_is_the_declared_one() -> None:
    assert "Apache License" in (ROOT / "LICENSE").read_text()
    assert PROJECT["license"] == "Apache-2.0"
    assert f"license: {PROJECT['license']}\n" in (ROOT / "CITATION.cff").read_text()


def test_the_documentation_finds_its_part_of_the_readme() -> None:
    index, readme = ((ROOT / name).read_text() for name in ("docs/index.md", "README.md"))
    start, end = re.findall(r'^:(?:start-after|end-before): "(.+)"$', index, re.MULTILINE)
    assert readme.count(start) == 1
    assert readme.count(end) == 1
