"""A posterior and what predicts from it; stored in one NetCDF file, read without PyMC."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr

from oligotrial.bayes import contrast, diagnose, future, predict
from oligotrial.bayes.measures import Measure
from oligotrial.bayes.model import SurvivalModel
from oligotrial.bayes.populations import Population
from oligotrial.bayes.stored import from_json, to_json
from oligotrial.checks import InputError
from oligotrial.files import replacing
from oligotrial.hazard import Hazard, Proportional

if TYPE_CHECKING:
    from oligotrial.bayes.check import Check
    from oligotrial.cohort import Cohort

__all__ = ["Fit"]

FORMAT = "oligotrial fit 2"


@dataclass(frozen=True, eq=False)
class Fit:
    """The posterior of a survival model.

    Parameters
    ----------
    model : SurvivalModel
        The model, suited to its cohort.
    posterior : xarray.Dataset
        Draws of the parameters, dims chain and draw. Chains of all the cohort's draws stand
        one after another; the coordinate `cohort_draw` says whose each is.
    statistics : xarray.Dataset
        The sampler's own record, same dims.
    label : str
        What the cohort is; shown wherever the fit is.
    """

    model: SurvivalModel
    posterior: xr.Dataset
    statistics: xr.Dataset
    label: str

    @property
    def samples(self) -> int:
        """Posterior draws, over all chains and all draws of the cohort."""
        return int(self.posterior.sizes["chain"] * self.posterior.sizes["draw"])

    @property
    def draws(self) -> dict[str, Any]:
        """Parameters' draws, each element of shape (samples, 1), lists for several elements."""
        return {
            each.name: self._columns(each.name, several=each.size > 0)
            for each in self.model.parameters
        }

    def thinned(self, samples: int) -> "Fit":
        """Return the fit with fewer draws, evenly spread over every chain.

        Parameters
        ----------
        samples : int
            Draws to keep at least, over all chains.

        Returns
        -------
        Fit
            Every k-th draw of each chain, k as large as `samples` allows.
        """
        step = slice(None, None, max(self.samples // max(samples, 1), 1))
        kept = self.posterior.isel(draw=step), self.statistics.isel(draw=step)
        return Fit(self.model, *kept, self.label)

    def log_hazard_ratios(self, profiles: pd.DataFrame) -> np.ndarray:
        """Return log hazard ratios of profiles against the reference patient.

        Parameters
        ----------
        profiles : pandas.DataFrame
            Covariate rows.

        Returns
        -------
        numpy.ndarray
            Shape (samples, profiles).

        Raises
        ------
        InputError
            If a column of the formula is missing, or has an unknown level.
        """
        ratio = self.model.log_ratio(self.draws, self.model.covariates(profiles))
        return np.array(np.broadcast_to(ratio, (self.samples, len(profiles))))

    def point_log_hazard_ratios(self, profiles: pd.DataFrame) -> np.ndarray:
        """Return the posterior means of `log_hazard_ratios`, shape (1, profiles)."""
        return self.log_hazard_ratios(profiles).mean(axis=0, keepdims=True)

    def hazard(self, profiles: pd.DataFrame) -> Hazard:
        """Return the posterior as a hazard, whose parameters are draws.

        Parameters
        ----------
        profiles : pandas.DataFrame
            Covariate rows.

        Returns
        -------
        Hazard
            At a scalar time its cumulative hazard has shape (samples, profiles).
        """
        found = self.model.hazard(self.draws, self.model.covariates(profiles))
        each_profile = np.zeros((1, len(profiles)))  # a column each, also where no term has one
        return Proportional(found, each_profile)

    def point_hazard(self, profiles: pd.DataFrame) -> Hazard:
        """Return one hazard in the middle of the posterior.

        Positive parameters are at their geometric means, spline weights, shares and log hazard
        ratios at their means.

        Parameters
        ----------
        profiles : pandas.DataFrame
            Covariate rows.

        Returns
        -------
        Hazard
            At a scalar time its cumulative hazard has shape (1, profiles).
        """
        found = self.model.central_hazard(self.draws, self.model.covariates(profiles))
        return Proportional(found, np.zeros((1, len(profiles))))

    def survival(
        self, profiles: pd.DataFrame, months: Iterable[float], *, level: float = 0.95
    ) -> pd.DataFrame:
        """Return posterior survival curves; at single times they are milestone rates.

        Parameters
        ----------
        profiles : pandas.DataFrame
            Covariate rows.
        months : iterable of float
            Times.
        level : float, optional
            Probability of the pointwise intervals.

        Returns
        -------
        pandas.DataFrame
            One row a profile and time: profile (row number), time, survival (posterior mean),
            mcse (its Monte Carlo standard error), lower and upper.
        """
        return predict.survival(self, profiles, months, level=level)

    def medians(self, profiles: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
        """Return posterior median survival times.

        Parameters
        ----------
        profiles : pandas.DataFrame
            Covariate rows.
        level : float, optional
            Probability of the intervals.

        Returns
        -------
        pandas.DataFrame
            One row a profile: profile (row number), median (posterior median), mcse (its Monte
            Carlo standard error), lower and upper, months.
        """
        return predict.medians(self, profiles, level=level)

    def estimates(
        self, profiles: pd.DataFrame, measures: Sequence[Measure], *, level: float = 0.95
    ) -> pd.DataFrame:
        """Return measures of each profile's hazard: see `oligotrial.bayes.predict.estimates`."""
        return predict.estimates(self, profiles, measures, level=level)

    def marginal(
        self, population: Population, measures: Sequence[Measure], *, level: float = 0.95
    ) -> pd.DataFrame:
        """Return measures of a population: see `oligotrial.bayes.contrast.marginal`."""
        return contrast.marginal(self, population, measures, level=level)

    def event_times(self, population: Population, *, seed: int, patients: int = 1) -> xr.DataArray:
        """Return times of new patients: see `oligotrial.bayes.future.event_times`."""
        return future.event_times(self, population, seed=seed, patients=patients)

    def effects(self) -> pd.DataFrame:
        """Return the effects as hazard ratios.

        Returns
        -------
        pandas.DataFrame
            One row a contrast: term, contrast, hazard_ratio (posterior median), lower and
            upper (95%), probability_below_1, and mcse_log_hr, the Monte Carlo standard error
            of the log hazard ratio's posterior mean.
        """
        draws = self.draws
        rows = [
            (term.name, contrast, *self._summary(np.asarray(log_ratio)))
            for term in self.model.formula.terms
            for contrast, log_ratio in term.contrasts(draws).items()
        ]
        names = ["term", "contrast", "hazard_ratio", "lower", "upper"]
        return pd.DataFrame(rows, columns=[*names, "probability_below_1", "mcse_log_hr"])

    def priors_table(self) -> pd.DataFrame:
        """Return the priors: columns parameter, prior and what it implies."""
        rows = [(each.name, each.prior.words, each.sentence) for each in self.model.parameters]
        return pd.DataFrame(rows, columns=["parameter", "prior", "implies"])

    def check(self, cohort: "Cohort | None" = None, *, by: str | None = None) -> "Check":
        """Return the checks, of the sampler alone where no cohort is given: see `check.check`."""
        from oligotrial.bayes.check import check

        return check(self, cohort, by=by)

    def by_cohort_draw(self, values: np.ndarray) -> np.ndarray:
        """Return a quantity's draws apart for each draw of the cohort.

        Parameters
        ----------
        values : numpy.ndarray
            Shape (samples,) or (samples, 1).

        Returns
        -------
        numpy.ndarray
            Shape (cohort draws, chains, draws).
        """
        count = int(self.posterior["cohort_draw"].max()) + 1
        return values.reshape(count, -1, self.posterior.sizes["draw"])

    def save(self, path: Path) -> None:
        """Store the fit in one NetCDF file.

        Parameters
        ----------
        path : pathlib.Path
            The file; replaced in one step.
        """
        tree = xr.DataTree.from_dict({"posterior": self.posterior, "sample_stats": self.statistics})
        tree.attrs = {"format": FORMAT, "label": self.label, "model": to_json(self.model)}
        with replacing(path) as part:
            tree.to_netcdf(part, engine="h5netcdf")

    @staticmethod
    def load(path: Path) -> "Fit":
        """Read a stored fit; it predicts as the one that was stored.

        Parameters
        ----------
        path : pathlib.Path
            The file.

        Returns
        -------
        Fit
            The fit.

        Raises
        ------
        InputError
            If there is no such file, or it is no whole stored fit.
        """
        if not path.is_file():
            raise InputError("there is no stored fit here", where=str(path))
        try:
            with xr.open_datatree(path, engine="h5netcdf") as tree:
                if tree.attrs.get("format") != FORMAT:
                    raise InputError(f"this is not a stored fit ('{FORMAT}')", where=str(path))
                posterior = tree["posterior"].to_dataset().load()
                statistics = tree["sample_stats"].to_dataset().load()
                model = from_json(str(tree.attrs["model"]))
                return Fit(model, posterior, statistics, str(tree.attrs["label"]))
        except InputError as error:
            raise (error if error.where == str(path) else error.within(str(path))) from None
        except (OSError, ValueError, KeyError, TypeError, RuntimeError):
            raise InputError(
                "this stored fit is damaged or cut short; delete it and run again",
                where=str(path),
            ) from None

    def _columns(self, name: str, *, several: bool) -> Any:
        values = self.posterior[name].to_numpy().reshape(self.samples, -1)
        return [values[:, [k]] for k in range(values.shape[1])] if several else values

    def _summary(self, log_ratio: np.ndarray) -> tuple[float, ...]:
        low, middle, high = np.exp(np.quantile(log_ratio, [0.025, 0.5, 0.975]))
        parts = self.by_cohort_draw(log_ratio)
        errors = diagnose.mcse(parts)
        error = float(np.sqrt(np.sum(np.square(errors))) / len(parts))
        return float(middle), float(low), float(high), float(np.mean(log_ratio < 0)), error
