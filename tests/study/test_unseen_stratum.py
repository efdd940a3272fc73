"""Developer: a stratum that the cohort has never seen is told before anything is fitted or run."""

import pytest

from .small import Place, command


@pytest.mark.parametrize("level", ["fourth_or_later", "frist"])
def test_a_stratum_that_the_fit_has_never_seen(
    fresh: Place, capsys: pytest.CaptureFixture[str], level: str
) -> None:
    mix = f'mix = [{{ where = {{ line = "{level}" }}, share = 1.0 }}]'
    fresh.edit(fresh.trial, 'strata = ["line"]', f'strata = ["line"]\n{mix}')
    told = command(fresh.run(), capsys)
    assert told.code == 2
    assert "trial.toml, key population.mix[1].where.line: no patient of the cohort" in told.err
    assert "there are first, fourth+, second, third" in told.err
    assert not list(fresh.results.glob("**/*.npz"))
    assert not list(fresh.results.glob("posterior-*.nc"))
