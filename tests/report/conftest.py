"""Contents as a study would give them: the numbers are made up, their shapes are not."""

from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest

from oligotrial.report import Contents, ModelPart, Recommendation, SensitivityPart, rule_part
from oligotrial.trial import Accrual, Design, GroupSequential, SequentialLogRank

LABEL = "reconstructed from printed numbers of marazzi2024, 10 draws; not patient data"
SIZES = np.arange(40, 241, 20)
DESIGN_RATIO = 0.675
LEVELS = {
    "line": ("first", "second", "third", "fourth+"),
    "bed": ("60 Gy", "80 Gy", "100 Gy", "120 Gy"),
}


@pytest.fixture
def full() -> Contents:
    """A full report's contents."""
    return contents()


@pytest.fixture
def failed_model() -> ModelPart:
    """A model that did not converge."""
    return model("M-spline", scale=17.0, failures=("largest R-hat is 1.31, above 1.01",))


def contents(**changes: object) -> Contents:
    """Return a full report's contents, with some fields changed."""
    made = Contents(
        title="Radiotherapy in oligoprogressive breast cancer",
        subtitle="Randomised phase II, first and second line, primary endpoint PFS",
        cohort_label=LABEL,
        target=0.80,
        target_measure="power",
        recommended=recommended(),
        rule=rule_part(design()),
        models=(
            model("M-spline, monotone line", scale=17.0),
            model("Weibull, no dose", scale=16.0),
        ),
        sensitivity=sensitivity(),
        operating=operating(),
        schoenfeld=schoenfeld(),
        effect_prior=effect_prior(),
        control_check=control_check(),
        cohort_table=cohort_table(),
        table_one=table_one(),
        agreement=agreement(),
        score=score(),
        printed=printed(),
        cohort_curves=cohort_curves(),
        bed_table=bed_table(),
        assumptions=assumptions(),
        provenance=provenance(),
    )
    return replace(made, **changes)


def power(events: np.ndarray, hazard_ratio: float) -> np.ndarray:
    """Schoenfeld's power of a one-sided test at 0.1, 1:1."""
    shift = np.sqrt(events / 4) * -np.log(hazard_ratio) - NormalDist().inv_cdf(0.9)
    return np.array([NormalDist().cdf(float(value)) for value in np.atleast_1d(shift)])


def events(sizes: np.ndarray) -> np.ndarray:
    return np.round(np.asarray(sizes) * 0.75).astype(int)


def design() -> Design:
    plan = SequentialLogRank(GroupSequential((0.5, 0.75, 1.0), 0.10), 104)
    return Design(160, plan.looks, plan, Accrual(6.0))


def recommended() -> Recommendation:
    rows = operating().set_index(["scenario", "patients"])
    sure, mixed = rows.loc[("power", 160)], rows.loc[("assurance", 160)]
    sentence = (
        "Randomise 160 patients 1:1 to radiotherapy of all oligoprogressive sites with continued "
        "systemic therapy or to systemic therapy alone; analyse progression-free survival by a "
        "one-sided log-rank test at 10% after 120 events. The trial has "
        f"{sure['estimate']:.1%} power at a hazard ratio of {DESIGN_RATIO} and "
        f"{mixed['estimate']:.1%} assurance, and takes {sure['duration_months']:.0f} months."
    )
    return Recommendation(
        sentence=sentence,
        patients=160,
        events=int(sure["events"]),
        power=float(sure["estimate"]),
        power_se=float(sure["mc_se"]),
        assurance=float(mixed["estimate"]),
        assurance_se=float(mixed["mc_se"]),
        duration_months=float(sure["duration_months"]),
        duration_low=float(sure["duration_low"]),
        duration_high=float(sure["duration_high"]),
        accrual_months=float(sure["accrual_months"]),
    )


def operating() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    frames = []
    for scenario, error in (("power", 0.0012), ("assurance", 0.0051)):
        by_ratio = [power(events(SIZES), ratio) for ratio in rng.lognormal(-0.25, 0.3, 200)]
        truth = (
            power(events(SIZES), DESIGN_RATIO) if scenario == "power" else np.mean(by_ratio, axis=0)
        )
        months = SIZES / 5 + 9.0 + (scenario == "assurance") * 1.3
        frames.append(
            pd.DataFrame(
                {
                    "scenario": scenario,
                    "patients": SIZES,
                    "events": events(SIZES),
                    "estimate": truth + rng.normal(0, error, SIZES.size),
                    "mc_se": error,
                    "duration_months": months,
                    "duration_se": 0.021,
                    "duration_low": months - 4.6,
                    "duration_high": months + 5.7,
                    "accrual_months": SIZES / 5,
                    "events_observed": events(SIZES).astype(float),
                    "enrolled": SIZES.astype(float),
                    "hazard_ratio": 0.704,
                    "reached": 1.0,
                    "replicates": 100_000,
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def schoenfeld() -> pd.DataFrame:
    return pd.DataFrame(
        {"patients": SIZES, "events": events(SIZES), "power": power(events(SIZES), DESIGN_RATIO)}
    )


def effect_prior() -> pd.DataFrame:
    ratio = np.exp(np.linspace(np.log(0.25), np.log(2.2), 161))
    parts = {
        "sceptical": (0.0, 0.2, 0.4),
        "trial A": (-0.25, 0.31, 0.4),
        "enthusiastic": (-0.5, 0.2, 0.2),
    }
    frames = []
    for name, (mean, sd, weight) in parts.items():
        density = weight * np.exp(-0.5 * ((np.log(ratio) - mean) / sd) ** 2) / (sd * ratio)
        frames.append(
            pd.DataFrame(
                {"hazard_ratio": ratio, "density": density / np.sqrt(2 * np.pi), "component": name}
            )
        )
    return pd.concat(frames, ignore_index=True)


def sensitivity() -> tuple[SensitivityPart, ...]:
    ratios = np.round(np.arange(0.50, 1.01, 0.05), 2)
    by_ratio = pd.DataFrame(
        {
            "hazard_ratio": ratios,
            "power": [power(np.array([120]), r)[0] for r in ratios],
            "mc_se": 0.0013,
        }
    )
    shifts = np.arange(0.2, 1.01, 0.1)
    by_shift = pd.concat(
        pd.DataFrame(
            {
                "control_median_factor": shifts,
                "estimate": base + 0.1 * (1 - shifts),
                "mc_se": 0.004,
                "scenario": name,
            }
        )
        for name, base in (("Power", 0.78), ("Assurance", 0.65))
    )
    parts = pd.DataFrame(
        {
            "component": ["sceptical", "trial A", "enthusiastic"],
            "weight": [0.4, 0.4, 0.2],
            "assurance": [0.121, 0.68, 0.94],
            "assurance_se": [0.003, 0.005, 0.002],
        }
    )
    return (
        SensitivityPart(
            title="Power by true hazard ratio",
            note="At the recommended size.",
            table=by_ratio,
            kind="curve",
            x="hazard_ratio",
            y="power",
            se="mc_se",
            x_label="True hazard ratio",
            reference=DESIGN_RATIO,
        ),
        SensitivityPart(
            title="Shift of the control arm",
            note="The control arm's median times a factor.",
            table=by_shift,
            kind="curve",
            x="control_median_factor",
            y="estimate",
            se="mc_se",
            group="scenario",
            y_label="Probability",
        ),
        SensitivityPart(
            title="Assurance by component of the effect prior",
            note="Each component alone, at the recommended size.",
            table=parts,
        ),
    )


def model(name: str, *, scale: float, failures: tuple[str, ...] = ()) -> ModelPart:
    effects = pd.DataFrame(
        [
            ("line", "second : first", 1.12, 0.74, 1.71, 0.29),
            ("line", "third : first", 1.94, 0.91, 4.31, 0.04),
            ("line", "fourth+ : first", 2.31, 0.97, 5.92, 0.03),
            ("bed", "+10 Gy (α/β = 4)", 0.96, 0.87, 1.06, 0.79),
            ("subtype", "luminal A-like : average", 1.21, 0.71, 2.24, 0.26),
            ("subtype", "luminal B-like : average", 0.98, 0.69, 1.38, 0.55),
            ("subtype", "HER2+ : average", 0.97, 0.68, 1.36, 0.57),
            ("subtype", "triple negative : average", 0.91, 0.47, 1.61, 0.64),
        ],
        columns=["term", "contrast", "hazard_ratio", "lower", "upper", "probability_below_1"],
    ).assign(mcse_log_hr=0.0041)
    diagnostics = pd.DataFrame(
        [
            ("largest R-hat", 1.31 if failures else 1.003, "below 1.01", not failures),
            ("smallest bulk ESS", 2411.0, "above 400", True),
            ("divergences", 0.0, "0", True),
            ("largest Pareto k", 0.41, "below 0.7", True),
        ],
        columns=["quantity", "value", "limit", "passed"],
    )
    priors = pd.DataFrame(
        {
            "parameter": ["baseline scale", "line steps"],
            "prior": ["LogNormal(2.5, 0.5)", "HalfNormal(0.3)"],
            "implies": [
                "median PFS 4 to 35 months (95%)",
                "HR of fourth+ against first 1 to 3.4 (95%)",
            ],
        }
    )
    curves, medians = _survival(scale)
    return ModelPart(
        name=name,
        baseline="M-spline, knots at 3, 6, 12, 24 months",
        formula="Surv(time, event) ~ bed(schedule, alpha_beta=4) + monotone(line)",
        priors=priors,
        effects=effects,
        diagnostics=diagnostics,
        curves=curves,
        medians=medians,
        failures=failures,
    )


def _survival(scale: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    time, curves, medians = np.linspace(0, 48, 97), [], []
    for panel, levels in LEVELS.items():
        for place, level in enumerate(levels):
            ratio, half = (
                (1.3**place, 0.3 + 0.15 * place) if panel == "line" else (0.93**place, 0.35)
            )
            bounds = {
                name: np.exp(-((time / scale) ** 0.9) * ratio * np.exp(shift * half))
                for name, shift in (("survival", 0), ("lower", 1), ("upper", -1))
            }
            curves.append(pd.DataFrame({"panel": panel, "level": level, "time": time, **bounds}))
            at = [
                scale * (np.log(2) / ratio * np.exp(shift * half)) ** (1 / 0.9)
                for shift in (0, -1, 1)
            ]
            at[2] = np.inf if at[2] > 24 else at[2]
            medians.append((panel, level, *at))
    columns = ["panel", "level", "median", "lower", "upper"]
    return pd.concat(curves, ignore_index=True), pd.DataFrame(medians, columns=columns)


def control_check() -> pd.DataFrame:
    return pd.DataFrame(
        [
            ("Control arm, PFS", 4.3, 3.1, 6.0, "this simulation", "implied"),
            ("RT arm, PFS", 5.9, 4.0, 9.1, "this simulation", "implied"),
            (
                "Trial A, standard care",
                4.1,
                np.nan,
                np.nan,
                "doi:10.1000/made-up(23)01",
                "published",
            ),
            ("Trial A, SBRT", 4.4, 2.5, 8.7, "doi:10.1000/made-up(23)01", "published"),
            ("Trial B, SBRT", 5.2, 3.1, 9.4, "made up", "published"),
        ],
        columns=["what", "median", "lower", "upper", "source", "kind"],
    )


def cohort_table() -> pd.DataFrame:
    rows = [
        ("age_group", "<40", 5.0), ("age_group", "40-50", 15.0), ("age_group", "51-70", 28.0),
        ("age_group", ">70", 11.0), ("line", "first", 39.0), ("line", "second", 14.0),
        ("line", "third", 3.0), ("line", "fourth+", 3.0), ("site", "brain", 19.0),
        ("site", "bone", 23.0),
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=["variable", "level", "n"])
    return table.assign(percent=table["n"] / 59 * 100)


def table_one() -> pd.DataFrame:
    rows = [
        ("age_group", "<40", "5 (8.5)", "4.3 [4 to 5] (8.1)"),
        ("age_group", "40-50", "15 (25.4)", "13 (24.5)"),
        ("time", "median to event, months", "14.0", "14.6"),
    ]
    return pd.DataFrame(rows, columns=["variable", "level", "all (n = 59)", "first (n = 53)"])


def score() -> pd.DataFrame:
    kinds = ("tests", "all")
    rows = [(kind, 24, 2, 20, 90.90909, 88.0, 21, 22) for kind in kinds]
    columns = ["kind", "numbers", "contradicted", "reproduced", "percent", "draws_percent",
               "within_1_percent", "within_5_percent"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def printed() -> pd.DataFrame:
    rows = [
        (None, None, "median", 13.97, 0.5, 8.57, 18.8, "pfs_ar.median", "Figure 2"),
        ("line", "first", "median", 14.7, 0.5, np.nan, np.nan, "pfs_ar.median[line=first]", "3.2"),
    ]
    columns = ["panel", "level", "kind", "time", "survival", "lower", "upper", "statistic",
               "place"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def agreement() -> pd.DataFrame:
    rng = np.random.default_rng(2)
    groups = ["", *(f"[line={level}]" for level in LEVELS["line"])]
    groups += [
        f"[subtype={name}]"
        for name in ("luminal A-like", "luminal B-like", "HER2+", "triple negative")
    ]
    rows = []
    for group in groups:
        printed = float(np.round(rng.uniform(5, 16), 1))
        middle = printed + rng.normal(0, 0.35)
        rows.append(
            (f"pfs_ar.median{group}", printed, middle, middle - 0.4, middle + 0.3, 0.5, 9, "p. 6")
        )
    rows.append(("rdt.6_months", 11.0, 11.0, 11.0, 11.0, 0.0, 10, "p. 6"))
    rows.append(("rdt.3_months", 2.0, 3.0, 2.0, 3.0, 0.0, 4, "p. 6"))
    rows.append(("logrank.line_group.chi_squared", 4.6697, 6.4, 5.9, 6.9, 0.3, 0, "Figure 3"))
    rows.append(
        ("pfs_ar.median[age_group=40-50]", np.nan, 15.0, 12.0, 20.0, np.nan, 0, "p. 6, printed NA")
    )
    columns = ["statistic", "printed", "reconstructed_median", "reconstructed_low",
               "reconstructed_high", "tolerance", "draws_within", "place"]  # fmt: skip
    table = pd.DataFrame(rows, columns=columns)
    table.insert(
        1, "unit", np.where(table["statistic"].str.startswith("pfs"), "months", "patients")
    )
    off = (table["reconstructed_median"] - table["printed"]).abs()
    return table.assign(distance_percent=100 * off / table["printed"], contradicted=False)


def cohort_curves() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    frames = []
    for draw in range(10):
        times = np.sort(np.round(rng.weibull(0.9, 41) * 17, 2))
        survival = np.cumprod(1 - 1 / np.arange(59, 18, -1))
        made = pd.DataFrame({"draw": draw, "time": times, "survival": survival})
        frames.append(made.assign(panel=np.nan, level=np.nan))
        frames.append(made.assign(panel="line", level="first"))
    return pd.concat(frames, ignore_index=True)


def bed_table() -> pd.DataFrame:
    courses = [("brain", "25.5 Gy in 3 fr", 10, 25.5, 3), ("lung", "50 Gy in 5 fr", 3, 50.0, 5)]
    rows = [
        (site, text, n, dose * (1 + dose / f / 4), dose * (1 + dose / f / 10))
        for site, text, n, dose, f in courses
    ]
    return pd.DataFrame(rows, columns=["site", "schedule", "n", "bed4_gy", "bed10_gy"])


def assumptions() -> pd.DataFrame:
    return pd.DataFrame(
        [
            ("Accrual", "5 patients a month", "assumed; one centre accrued 59 in 96 months"),
            ("Dropout", "1% a month", "assumed"),
            ("α/β of breast cancer", "4 Gy", "doi:10.3390/jpm14080805"),
            ("Design hazard ratio", str(DESIGN_RATIO), "chosen"),
        ],
        columns=["assumption", "value", "source"],
    )


def provenance() -> pd.DataFrame:
    return pd.DataFrame(
        [("oligotrial", "0.1.0"), ("seed", "20240729"), ("trial.toml (SHA-256)", "9f" * 32)],
        columns=["item", "value"],
    )
