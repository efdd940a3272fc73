"""Developer: the examples of docs/priors.md give what the page prints, and no part is left out."""

import doctest
import re
from pathlib import Path

import pytest

from oligotrial.bayes.baselines import BASELINES
from oligotrial.bayes.effects import EFFECTS
from oligotrial.bayes.families import FAMILIES
from oligotrial.bayes.modifiers import MODIFIERS
from oligotrial.bayes.spec import read_analysis

PAGE = Path(__file__).parents[2] / "docs" / "priors.md"
TEXT = PAGE.read_text(encoding="utf-8")


def test_examples() -> None:
    found = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")
    assert found.attempted > 15
    assert found.failed == 0


@pytest.mark.parametrize("registry", [BASELINES, EFFECTS, MODIFIERS, FAMILIES])
def test_every_part_is_told(registry) -> None:
    missing = [each.__name__ for each in registry.values() if f"`{each.__name__}" not in TEXT]
    assert missing == []


def test_the_toml_is_read(tmp_path) -> None:
    (text,) = re.findall(r"```toml\n(.*?)```", TEXT, flags=re.DOTALL)
    head = 'title = "t"\nformula = "Surv(time, event) ~ age"\n'
    file = tmp_path / "model.toml"
    file.write_text(f'{head}{text}[cohort]\nevidence = "marazzi2024"\n', encoding="utf-8")
    (model,) = read_analysis(file).models.values()
    low, high = model.priors["median"].interval
    assert (low, high) == pytest.approx((3.0, 36.0), rel=1e-6)
    assert model.effect.ratio == "time ratio"
