"""Developer checks: a stored fit predicts as it did; a file that isn't one is refused."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from oligotrial.bayes import Fit
from oligotrial.checks import InputError


@pytest.fixture
def stored(fit, tmp_path):
    path = tmp_path / "results" / "posterior.nc"
    fit.save(path)
    return path


def test_a_loaded_fit_is_the_one_that_was_stored(fit, stored, profiles):
    loaded = Fit.load(stored)
    assert loaded.model == fit.model
    assert (loaded.label, loaded.samples) == (fit.label, fit.samples)
    assert loaded.posterior.equals(fit.posterior)
    for month in (1.0, 9.0, 50.0):
        np.testing.assert_array_equal(
            loaded.hazard(profiles).cumulative_hazard(month),
            fit.hazard(profiles).cumulative_hazard(month),
        )
    pd.testing.assert_frame_equal(loaded.effects(), fit.effects())
    pd.testing.assert_frame_equal(loaded.medians(profiles), fit.medians(profiles))
    pd.testing.assert_frame_equal(loaded.check().table, fit.check().table)
    pd.testing.assert_frame_equal(loaded.priors_table(), fit.priors_table())


def test_storing_again_replaces_the_file_and_leaves_no_other(fit, stored):
    Fit.load(stored).save(stored)
    assert Fit.load(stored).posterior.equals(fit.posterior)
    assert list(stored.parent.iterdir()) == [stored]


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.95])
def test_a_file_cut_short_is_refused(stored, share):
    whole = stored.read_bytes()
    stored.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(InputError, match="damaged or cut short") as caught:
        Fit.load(stored)
    assert str(stored) in str(caught.value)


def test_a_file_of_another_kind_is_refused(tmp_path):
    foreign = tmp_path / "foreign.nc"
    xr.Dataset({"x": ("y", [1.0])}).to_netcdf(foreign, engine="h5netcdf")
    text = tmp_path / "text.nc"
    text.write_text("not a posterior")
    for path in (foreign, text):
        with pytest.raises(InputError) as caught:
            Fit.load(path)
        assert str(path) in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError, match="there is no stored fit"):
        Fit.load(tmp_path / "nowhere.nc")
