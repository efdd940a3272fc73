"""Developer: the documented template holds every record there is; damaged files are told.

A changed file gives either an `InputError` or evidence that differs, never another exception and
never the old numbers.
"""

import json
import random
import re
import tomllib
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from oligotrial import evidence
from oligotrial.checks import InputError
from oligotrial.evidence.source import _Source

TEMPLATE = Path(__file__).parents[2] / "docs" / "evidence_template.toml"
LIBRARY = Path(str(files("oligotrial.evidence") / "library"))

type Change = Callable[[str, random.Random], str]


def test_the_template_is_loaded_and_agrees_with_itself() -> None:
    loaded = evidence.load(TEMPLATE)
    assert loaded["pfs.mean"].decimals == (3, 3, 3)
    assert loaded["pfs.median"].decimals == (2, 2, 2)
    assert loaded["age.median"].decimals == (1, 0, 0)
    assert loaded["literature.other2020.pfs.median"].value == 6.6
    assert loaded.groupings[0].levels == (("first", ("first",)), ("later", ("second", "third")))
    assert loaded.spans[0].end == "2015-09"
    checks = evidence.audit(loaded)
    assert set(checks["severity"]) == {"consistent"}
    assert checks["check"].nunique() > 25


def test_the_template_has_every_key_of_every_record() -> None:
    given = tomllib.loads(TEMPLATE.read_text(encoding="utf-8"))
    assert missing(_Source.model_json_schema(), given) == []


def missing(schema: dict[str, Any], given: dict[str, Any]) -> list[str]:
    """Return the keys that the format knows and a file nowhere has."""
    known: dict[str, set[str]] = {}
    for name, part in {**schema["$defs"], "source": schema}.items():
        known[name] = set(part.get("properties", ()))
    found: set[str] = set()

    def walk(value: object) -> None:
        if isinstance(value, dict):
            found.update(value)
            for inner in value.values():
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)

    walk(given)
    return sorted(key for keys in known.values() for key in keys if key not in found)


def flip_byte(text: str, draw: random.Random) -> str:
    place = draw.randrange(len(text))
    return text[:place] + chr(draw.randrange(32, 127)) + text[place + 1 :]


def drop_line(text: str, draw: random.Random) -> str:
    lines = text.split("\n")
    del lines[draw.randrange(len(lines))]
    return "\n".join(lines)


def repeat_line(text: str, draw: random.Random) -> str:
    lines = text.split("\n")
    place = draw.randrange(len(lines))
    return "\n".join([*lines[:place], lines[place], *lines[place:]])


def swap_lines(text: str, draw: random.Random) -> str:
    lines = text.split("\n")
    one, two = draw.randrange(len(lines)), draw.randrange(len(lines))
    lines[one], lines[two] = lines[two], lines[one]
    return "\n".join(lines)


def cut_short(text: str, draw: random.Random) -> str:
    return text[: draw.randrange(len(text))]


def other_number(text: str, draw: random.Random) -> str:
    found = draw.choice(list(re.finditer(r"\d+(\.\d+)?", text)))
    value = draw.choice(
        ["-1", "0", "1e400", "nan", "-inf", "true", '"5"', "[1]", "7.25", "99", "{}", "1979-05-27",
         "0.1_5", "1e-320", str(10**25), ""]
    )  # fmt: skip
    return text[: found.start()] + value + text[found.end() :]


def other_word(text: str, draw: random.Random) -> str:
    found = draw.choice(list(re.finditer(r'"[^"\n]*"', text)))
    value = draw.choice(['""', '"x"', "3", "true", '"a=b"', '["a"]', '"\\u0000"', '"é "'])
    return text[: found.start()] + value + text[found.end() :]


def other_key(text: str, draw: random.Random) -> str:
    found = draw.choice(list(re.finditer(r"\b\w+ =", text)))
    return (
        text[: found.start()]
        + draw.choice(["n =", "value =", "noet =", "a.b ="])
        + text[found.end() :]
    )


CHANGES: list[Change] = [
    flip_byte, drop_line, repeat_line, swap_lines, cut_short, other_number, other_word, other_key,
]  # fmt: skip
FILES = {TEMPLATE: 100, **dict.fromkeys(sorted(LIBRARY.glob("*.toml")), 8)}


def same(one: object, two: object) -> bool:
    """Whether two files say the same, types included, whatever the order of keys."""
    plain = [json.dumps(each, sort_keys=True, default=repr) for each in (one, two)]
    return plain[0] == plain[1]


def attempt(path: Path) -> evidence.Evidence | str:
    """Load a file; return what an `InputError` says if there is one."""
    try:
        return evidence.load(path)
    except InputError as error:
        return str(error)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_damaged_file_is_told_or_shows_what_was_changed(change: Change, tmp_path: Path) -> None:
    told = shown = 0
    for path, times in FILES.items():
        text = path.read_text(encoding="utf-8")
        whole, before = evidence.load(path), tomllib.loads(text)
        for seed in range(times):
            draw = random.Random(f"{path.name} {seed}")  # noqa: S311
            damaged = change(text, draw)
            changed = tmp_path / "changed.toml"
            changed.write_text(damaged, encoding="utf-8")
            loaded = attempt(changed)
            if isinstance(loaded, str):
                assert str(changed) in loaded
                assert "\n" not in loaded
                told += 1
                continue
            if not same(tomllib.loads(damaged), before):
                assert loaded != whole, damaged
                shown += 1
            if seed % 10 == 0:
                evidence.audit(loaded)
    assert told + shown > 20


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    text = TEMPLATE.read_bytes()
    path = tmp_path / "changed.toml"
    for seed in range(100):
        draw = random.Random(seed)  # noqa: S311
        place = draw.randrange(len(text))
        path.write_bytes(text[:place] + draw.randbytes(2) + text[place:])
        loaded = attempt(path)
        assert not isinstance(loaded, str) or str(path) in loaded
