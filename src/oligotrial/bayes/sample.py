"""Sampling with nutpie: compiled once, then run on every draw of a cohort."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import nutpie
import xarray as xr

from oligotrial.bayes.fit import Fit
from oligotrial.bayes.model import Sampler, SurvivalModel

if TYPE_CHECKING:
    from oligotrial.cohort import Cohort

__all__ = ["Compiled", "compiled"]

STATISTICS = ("diverging", "energy", "depth", "step_size")
"""What is kept of the sampler's own record, where it has it."""


@dataclass(frozen=True, eq=False)
class Compiled:
    """A suited model with its compiled density, to be run on any number of cohorts.

    Parameters
    ----------
    model : SurvivalModel
        The model, suited to its cohort.
    density : nutpie.compiled_pyfunc.PyFuncModel
        Its compiled log density and gradient.
    """

    model: SurvivalModel
    density: Any

    def sample(
        self,
        cohort: "Cohort",
        settings: Sampler,
        *,
        progress: Callable[[int, int], None] | None = None,
    ) -> Fit:
        """Sample the posterior over all draws of a cohort: see `SurvivalModel.fit`.

        Parameters
        ----------
        cohort : Cohort
            Patients; the baseline, with its knots, stays the compiled one.
        settings : Sampler
            Chains, iterations, seed.
        progress : callable, optional
            Called with cohort draws fitted and cohort draws in all.

        Returns
        -------
        Fit
            The posterior and what predicts from it.
        """
        arrays = [self.model.arrays(frame) for frame in cohort.frames()]
        seeds = np.random.SeedSequence(settings.seed).generate_state(len(arrays))
        parts = []
        for number, (data, seed) in enumerate(zip(arrays, seeds, strict=True), start=1):
            parts.append(self._run(data, settings, seed=int(seed)))
            if progress:
                progress(number, len(arrays))
        names = [parameter.name for parameter in self.model.parameters]
        posterior = _joined([part["posterior"].to_dataset()[names] for part in parts])
        statistics = _joined([_kept(part["sample_stats"].to_dataset()) for part in parts])
        return Fit(self.model, posterior, statistics, cohort.label)

    def _run(self, data: Mapping[str, np.ndarray], settings: Sampler, *, seed: int) -> Any:
        used = {variable.name for variable in self.density.shared_var_keys}
        return nutpie.sample(
            self.density.with_data(**{name: data[name] for name in used}),
            chains=settings.chains,
            tune=settings.tune,
            draws=settings.draws,
            seed=seed,
            target_accept=settings.target_accept,
            progress_bar=False,
            store_divergences=False,
        )


def compiled(model: SurvivalModel, cohort: "Cohort") -> Compiled:
    """Suit a model to a cohort and compile it.

    Parameters
    ----------
    model : SurvivalModel
        The model.
    cohort : Cohort
        Patients; the baseline takes its knots from all of them.

    Returns
    -------
    Compiled
        What can sample.
    """
    suited = model.suited(cohort.patients)
    frames = cohort.frames()
    for frame in frames:
        suited.arrays(frame)  # mistakes come to light before seconds of compiling
    return Compiled(suited, nutpie.compile_pymc_model(suited.build(frames[0])))


def _joined(parts: list[xr.Dataset]) -> xr.Dataset:
    """Put the chains of all cohort draws one after another, and say whose they are."""
    joined = xr.concat(parts, dim="chain")
    draw = np.repeat(np.arange(len(parts)), [part.sizes["chain"] for part in parts])
    return joined.assign_coords(
        chain=np.arange(joined.sizes["chain"]), cohort_draw=("chain", draw)
    ).drop_attrs()


def _kept(statistics: xr.Dataset) -> xr.Dataset:
    return statistics[[name for name in STATISTICS if name in statistics]]
