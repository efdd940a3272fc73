"""Sampling with nutpie: compiled once, then run on every draw of a cohort."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import nutpie
import xarray as xr

from oligotrial.bayes.fit import Fit
from oligotrial.bayes.model import Sampler, SurvivalModel

if TYPE_CHECKING:
    from oligotrial.cohort import Cohort

__all__ = ["sample"]

STATISTICS = ("diverging", "energy", "depth", "step_size")
"""What is kept of the sampler's own record, where it has it."""


def sample(
    model: SurvivalModel,
    cohort: "Cohort",
    settings: Sampler,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> Fit:
    """Sample the posterior of a model over all draws of a cohort: see `SurvivalModel.fit`."""
    suited = model.suited(cohort.patients)
    frames = cohort.frames()
    arrays = [suited.arrays(frame) for frame in frames]
    if progress:
        progress(0, len(frames))
    compiled = nutpie.compile_pymc_model(suited.build(frames[0]))
    seeds = np.random.SeedSequence(settings.seed).generate_state(len(frames))
    used = {variable.name for variable in compiled.shared_var_keys}
    parts = []
    for number, (data, seed) in enumerate(zip(arrays, seeds, strict=True)):
        parts.append(
            nutpie.sample(
                compiled.with_data(**{name: data[name] for name in used}),
                chains=settings.chains,
                tune=settings.tune,
                draws=settings.draws,
                seed=int(seed),
                target_accept=settings.target_accept,
                progress_bar=False,
                store_divergences=False,
            )
        )
        if progress:
            progress(number + 1, len(frames))
    names = [parameter.name for parameter in suited.parameters]
    posterior = _joined([part["posterior"].to_dataset()[names] for part in parts])
    statistics = _joined([_kept(part["sample_stats"].to_dataset()) for part in parts])
    return Fit(suited, posterior, statistics, cohort.label)


def _joined(parts: list[xr.Dataset]) -> xr.Dataset:
    """Put the chains of all cohort draws one after another, and say whose they are."""
    joined = xr.concat(parts, dim="chain")
    draw = np.repeat(np.arange(len(parts)), [part.sizes["chain"] for part in parts])
    return joined.assign_coords(
        chain=np.arange(joined.sizes["chain"]), cohort_draw=("chain", draw)
    ).drop_attrs()


def _kept(statistics: xr.Dataset) -> xr.Dataset:
    return statistics[[name for name in STATISTICS if name in statistics]]
