"""Sampling with nutpie: compiled once, then run on every draw of a cohort."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import nutpie
import xarray as xr

from oligotrial.bayes.build import inputs
from oligotrial.bayes.density import Density, density
from oligotrial.bayes.fit import Fit
from oligotrial.bayes.model import Sampler, SurvivalModel
from oligotrial.bayes.priors import Parameter
from oligotrial.checks import InputError

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
    density : Density
        Its compiled log density and gradient.
    """

    model: SurvivalModel
    density: Density

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

        Raises
        ------
        InputError
            If the density isn't finite anywhere near the priors' centre.
        """
        arrays = [inputs(self.model, frame) for frame in cohort.frames()]
        seeds = np.random.SeedSequence(settings.seed).generate_state(len(arrays))
        parts = []
        for number, (data, seed) in enumerate(zip(arrays, seeds, strict=True), start=1):
            parts.append(self._run(data, settings, seed=int(seed)))
            if progress:
                progress(number, len(arrays))
        posterior = _joined([_constrained(self.model, part["posterior"]) for part in parts])
        statistics = _joined([_kept(part["sample_stats"].to_dataset()) for part in parts])
        return Fit(self.model, posterior, statistics, cohort.label)

    def _run(self, data: Mapping[str, np.ndarray], settings: Sampler, *, seed: int) -> Any:
        try:
            return nutpie.sample(
                self.density.at(data, _start(self.model)),
                chains=settings.chains,
                tune=settings.tune,
                draws=settings.draws,
                seed=seed,
                target_accept=settings.target_accept,
                progress_bar=False,
                save_warmup=False,
                store_divergences=False,
            )
        except RuntimeError as error:
            if "initialization" not in str(error):
                raise
            raise InputError(
                "the likelihood has no finite value near the priors' centre: times or a column are "
                "far from what the priors expect; check their units, and centre and scale columns "
                "as in linear(age, centre=60, per=10)",
                where="key formula",
            ) from None


def compiled(model: SurvivalModel, cohort: "Cohort") -> Compiled:
    """Suit a model to a cohort and compile it, or find it compiled.

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
    built = suited.build(frames[0])
    for frame in frames[1:]:
        suited.arrays(frame)  # mistakes come to light before seconds of compiling
    return Compiled(suited, density(built))


def _start(model: SurvivalModel) -> np.ndarray:
    """Return the middle of the priors in free numbers, around which chains start."""
    return np.concatenate(
        [
            np.full(_free(each), each.prior.support.middle(*each.prior.interval))
            for each in model.parameters
        ]
    )


def _free(parameter: Parameter) -> int:
    return max(parameter.size, 1) - parameter.prior.support.fewer


def _constrained(model: SurvivalModel, node: Any) -> xr.Dataset:
    """Return the parameters by name, from free numbers in the order of the parameters."""
    free = node["free"].to_numpy()
    ends = np.cumsum([_free(each) for each in model.parameters])
    found = {}
    for each, part in zip(model.parameters, np.split(free, ends[:-1], axis=-1), strict=True):
        values = each.prior.support.constrained(part)
        dims = ("chain", "draw", f"{each.name}_dim_0")[: 3 if each.size else 2]
        found[each.name] = (dims, values if each.size else values[..., 0])
    chain, draw = (np.arange(size) for size in free.shape[:2])
    return xr.Dataset(found, coords={"chain": chain, "draw": draw})


def _joined(parts: list[xr.Dataset]) -> xr.Dataset:
    """Put the chains of all cohort draws one after another, and say whose they are."""
    joined = xr.concat(parts, dim="chain")
    draw = np.repeat(np.arange(len(parts)), [part.sizes["chain"] for part in parts])
    return joined.assign_coords(
        chain=np.arange(joined.sizes["chain"]), cohort_draw=("chain", draw)
    ).drop_attrs()


def _kept(statistics: xr.Dataset) -> xr.Dataset:
    return statistics[[name for name in STATISTICS if name in statistics]]
