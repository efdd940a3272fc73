"""Developer checks of scripts/find-python against made-up machines."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell script")

SCRIPT = Path(__file__).parents[1] / "scripts" / "find-python"
GOOD = f'exec "{sys.executable}" "$@"'
OLD = "exit 1"
WITHOUT_VENV = "exit 3"


class Machine:
    """A machine that has only the programs put on it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.path = home / "bin"
        self.path.mkdir(parents=True)

    def put(self, program: str, script: str) -> Path:
        file = self.home / program
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)
        return file

    def find(self, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["/bin/sh", str(SCRIPT)],
            env={"PATH": str(self.path), "HOME": str(self.home), **environment},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "a home")


def assert_refused(found: subprocess.CompletedProcess[str], words: str) -> None:
    assert found.returncode == 1
    assert found.stdout == ""
    assert found.stderr.count("\n") == 1
    assert words in found.stderr


def assert_found(found: subprocess.CompletedProcess[str]) -> None:
    assert (found.returncode, found.stdout, found.stderr) == (0, f"{sys.executable}\n", "")


@pytest.mark.parametrize("name", ["python3", "python", "python3.12", "python3.13", "python3.14"])
def test_an_interpreter_on_the_path_is_found(machine: Machine, name: str) -> None:
    machine.put("bin/python3", OLD)
    machine.put(f"bin/{name}", GOOD)
    assert_found(machine.find())


@pytest.mark.parametrize("version", ["3.12.1", "3.13.0", "3.14.2"])
def test_pyenvs_versions_are_found_though_its_commands_fail(machine: Machine, version: str) -> None:
    machine.put("bin/python3", "echo 'pyenv: version not installed' >&2; exit 127")
    machine.put(f".pyenv/versions/{version}/bin/python", GOOD)
    assert_found(machine.find())


def test_pyenvs_root_may_be_elsewhere(machine: Machine) -> None:
    machine.put("else where/versions/3.13.5/bin/python", GOOD)
    assert_found(machine.find(PYENV_ROOT=str(machine.home / "else where")))


def test_uv_is_asked_last(machine: Machine) -> None:
    python = machine.put("uv's/python", GOOD)
    machine.put("bin/uv", f'[ "$2" = find ] && echo "{python}"')
    assert_found(machine.find())


def test_uv_installs_a_python_where_it_finds_none(machine: Machine) -> None:
    python = machine.put("uv's/python", GOOD)
    machine.put(
        "bin/uv",
        f'[ "$2" = install ] && : >"{machine.home}/installed" && exit\n'
        f'[ -e "{machine.home}/installed" ] && echo "{python}"',
    )
    assert_found(machine.find())


def test_one_sentence_says_what_to_install(machine: Machine) -> None:
    machine.put("bin/python3", OLD)
    machine.put("bin/uv", "exit 1")
    assert_refused(machine.find(), "Python 3.12, 3.13 or 3.14")


def test_a_python_without_venv_is_told_from_none(machine: Machine) -> None:
    machine.put("bin/python3", WITHOUT_VENV)
    assert_refused(machine.find(), "python3-venv")


def test_another_python_is_taken_where_the_first_has_no_venv(machine: Machine) -> None:
    machine.put("bin/python3", WITHOUT_VENV)
    machine.put("bin/python3.12", GOOD)
    assert_found(machine.find())


def test_a_given_python_is_the_only_one_tried(machine: Machine) -> None:
    machine.put("bin/python3", GOOD)
    given = machine.put("mine/python", OLD)
    assert_refused(machine.find(PYTHON=str(given)), f"PYTHON={given}")


def test_a_given_python_is_taken(machine: Machine) -> None:
    assert_found(machine.find(PYTHON=str(machine.put("mine/python", GOOD))))
