"""Evidence files made of simulated patients, so that all their numbers are true together."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from scipy import stats

from oligotrial.estimators import (
    LOG_LOG,
    PLAIN,
    log_rank,
    median,
    rate_at,
    restricted_mean,
)
from oligotrial.radiobiology import at_least, bed_gy

__all__ = ["Num", "Record", "paper", "toml_text", "write"]

type Record = dict[str, object]

STAGES = ("I", "II", "III")
MERGED = {"early": ["I"], "late": ["II", "III"]}
COURSES = {"bone": ("20 Gy in 5 fr", "SIB 40/20 Gy in 5 fr"), "lung": ("50-35 Gy in 5 fr",)}
DOSES = {"20 Gy in 5 fr": (20.0,), "SIB 40/20 Gy in 5 fr": (40.0, 20.0),
         "50-35 Gy in 5 fr": (50.0, 45.0, 40.0, 35.0)}  # fmt: skip


class Num(str):
    """A number as it is printed."""

    __slots__ = ()


def num(value: float, decimals: int) -> Num:
    return Num(f"{value:.{decimals}f}")


def toml_text(value: object) -> str:
    """Write a value as TOML has it on one line."""
    match value:
        case Num():
            return str(value)
        case bool():
            return "true" if value else "false"
        case str():
            return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        case Mapping():
            return "{ " + ", ".join(f'"{k}" = {toml_text(v)}' for k, v in value.items()) + " }"
        case list() | tuple():
            return "[" + ", ".join(map(toml_text, value)) + "]"
    return str(value)


def write(record: Record, path: Path) -> Path:
    lines = [f"{key} = {toml_text(value)}" for key, value in record.items()]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def paper(seed: int) -> Record:
    """Return a paper about simulated patients, each summary computed from them."""
    draw = np.random.default_rng(seed)
    n = int(draw.integers(25, 120))
    arm = np.where(draw.permutation(n) < n // 2, "sbrt", "control")
    stage = draw.choice(STAGES, n, p=(0.4, 0.35, 0.25))
    stage[:3] = STAGES
    hazard = 0.05 * np.where(arm == "sbrt", 0.6, 1.0) * np.where(stage == "III", 1.5, 1.0)
    pfs_event = draw.exponential(1 / hazard)
    death = pfs_event + draw.exponential(20.0, n)
    censor = draw.uniform(12, 60, n) if seed % 2 else np.full(n, 1e6)
    pfs = np.round(np.minimum(pfs_event, censor), 3), (pfs_event <= censor).astype(int)
    os = np.round(np.minimum(death, censor), 3), (death <= censor).astype(int)
    record: Record = {
        "id": "simulated", "citation": "Simulated.", "licence": "none", "attribution": "none",
        "design": "simulation", "population": "simulated patients", "patients": n,
    }  # fmt: skip
    statistics = [
        *_sample("age", np.round(draw.normal(57, 11, n)), 0, whole=True, unit="years"),
        *_sample("ki67", draw.gamma(2.0, 10.0, n - 5), 1, missing=5, unit="percent"),
        *_survival("pfs", pfs, seed), *_survival("os", os, seed),
        *_by("pfs", pfs, {"arm": arm, "stage": stage, "merged": _merge(stage)}, seed),
        *_rates_by("pfs", pfs, {"arm": arm, "stage": stage}),
        *_weight_by_arm(draw, n, arm),
        *_cox(pfs, arm, stage),
        {"key": "pfs.events", "value": int(pfs[1].sum()), "unit": "patients", "place": "p 1"},
        *({"key": f"pfs.events[arm={name}]", "value": int(pfs[1][arm == name].sum()),
           "unit": "patients", "place": "p 1"} for name in ("control", "sbrt")),
        {"key": "ctdna_percent", "value": num(100 * (seed % 12) / 11, 1), "unit": "percent",
         "n": 11, "place": "p 1"},
        {"key": "responders", "value": 7, "unit": "patients", "place": "p 1"},
        {"key": "responders_percent", "value": num(700 / n, 1), "unit": "percent", "place": "p 1"},
        {"key": "stage_one", "value": int((stage == "I").sum()), "unit": "patients",
         "restates": ["stage=I"], "place": "p 2"},
        {"key": "stage_one_percent", "value": num(100 * (stage == "I").mean(), 0),
         "unit": "percent", "restates": ["stage=I"], "place": "p 2"},
        {"key": "accrual", "value": 21, "unit": "months", "place": "p 1"},
    ]  # fmt: skip
    record["statistics"] = statistics
    sites, record["schedules"], record["bed_groups"] = _courses(draw, n)
    record["counts"] = [
        _count("stage", stage, n), _count("arm", arm, n), _count("site", sites, n),
        _count("grade", draw.choice(["1", "2"], n - 4), n, missing=4),
        _count("early_sites", sites[stage == "I"], n, part_of=["stage", "I"]),
        {**_count("imaging", np.array(["CT"] * (n - 2)), n - 2), "overlapping": True},
    ]  # fmt: skip
    record["groupings"] = [{"name": "merged", "variable": "stage", "levels": MERGED, "place": "p"}]
    record["spans"] = [{"key": "accrual", "start": "2014-01", "end": "2015-09", "place": "p 1"}]
    record["comparisons"] = [
        _test("pfs", pfs, name, values) for name, values in (("arm", arm), ("stage", stage))
    ]
    record["risk_tables"] = [
        _at_risk("pfs", pfs[0], "arm", arm, times=True),
        _at_risk("pfs", pfs[0], "stage", stage, times=True),
        _at_risk("pfs", pfs[0], "merged", _merge(stage), times=False),
        _all_at_risk("pfs", pfs[0], every=12, times=True),
        _all_at_risk("os", os[0], every=6, times=False),
    ]
    return record


def _merge(stage: np.ndarray) -> np.ndarray:
    return np.where(stage == "I", "early", "late")


def _sample(
    stem: str,
    values: np.ndarray,
    decimals: int,
    *,
    unit: str,
    whole: bool = False,
    missing: int = 0,
) -> list[Record]:
    shared: Record = {"unit": unit, "place": "Table 1", "n": len(values)}
    shared |= {"missing": missing, "whole": whole}
    ends = [num(values.min(), decimals), num(values.max(), decimals)]
    middle = num(np.median(values), decimals + 1)
    return [
        {"key": f"{stem}.median", "value": middle, "interval": ends, **shared},
        {"key": f"{stem}.mean", "value": num(values.mean(), decimals + 1), **shared},
        {"key": f"{stem}.sd", "value": num(values.std(ddof=1), decimals + 1), **shared},
    ]


def _weight_by_arm(draw: np.random.Generator, n: int, arm: np.ndarray) -> list[Record]:
    weight = draw.normal(70, 10, n)
    groups = {"": np.full(n, True), "[arm=sbrt]": arm == "sbrt", "[arm=control]": arm == "control"}
    return [
        {"key": f"weight.mean{group}", "value": num(weight[inside].mean(), 1), "unit": "number",
         "n": int(inside.sum()), "place": "Table 2"}
        for group, inside in groups.items()
    ]  # fmt: skip


def _survival(endpoint: str, times: tuple[np.ndarray, np.ndarray], seed: int) -> list[Record]:
    mean = restricted_mean(*times)
    half = 1.959963984540054 * mean.std_error
    records = [
        *_median(endpoint, "", times, seed),
        {"key": f"{endpoint}.mean", "value": num(mean.value, 3),
         "interval": [num(mean.value - half, 3), num(mean.value + half, 3)], "level": Num("0.95"),
         "unit": "months", "place": "Figure 1"},
        {"key": f"{endpoint}.mean_se", "value": num(mean.std_error, 3), "unit": "months",
         "place": "Figure 1"},
    ]  # fmt: skip
    for months, text in ((6, "6_months"), (12, "1_year"), (24, "2_years")):
        rate = rate_at(*times, at=months)
        if not 0 < rate.value < 1 or not np.isfinite(rate.std_error):
            continue
        ends = [num(100 * rate.lower, seed % 2), num(100 * rate.upper, seed % 2)]
        key = f"{endpoint}.{text}"
        records.append(
            {"key": key, "value": num(100 * rate.value, 1), "interval": ends,
             "level": Num("0.95"), "unit": "percent", "place": "Results"}
        )  # fmt: skip
        version = {"key": f"{key}@abstract", "value": num(100 * rate.value, 0)}
        records.append({**version, "unit": "percent", "place": "Abstract"})
    return records


def _rates_by(
    endpoint: str, times: tuple[np.ndarray, np.ndarray], by: Mapping[str, np.ndarray]
) -> list[Record]:
    records: list[Record] = []
    for variable, values in by.items():
        for level in np.unique(values):
            inside = values == level
            rate = rate_at(times[0][inside], times[1][inside], at=12)
            if np.isfinite(rate.value):
                key = f"{endpoint}.1_year[{variable}={level}]"
                value = num(100 * rate.value, 1)
                records.append({"key": key, "value": value, "unit": "percent", "place": "Results"})
    return records


def _median(
    endpoint: str, group: str, times: tuple[np.ndarray, np.ndarray], seed: int
) -> list[Record]:
    found = median(*times, scale=LOG_LOG if seed % 3 else PLAIN)
    place: Record = {"unit": "months", "place": "Figure 1"}
    key = f"{endpoint}.median{group}"
    if not np.isfinite(found.value):
        return [{"key": key, "note": "not reached", **place}]
    if not np.isfinite([found.lower, found.upper]).all():
        return [{"key": key, "value": num(found.value, 2), **place}]
    numbers = (found.value, found.lower, found.upper)
    values = [num(number, 2) for number in numbers]
    years = [num(number / 12, 2) for number in numbers]
    level = {"level": Num("0.95")}
    return [
        {"key": key, "value": values[0], "interval": values[1:], **level, **place},
        {"key": f"{key}@text", "value": years[0], "interval": years[1:], **level,
         "unit": "years", "place": "Results"},
    ]  # fmt: skip


def _by(
    endpoint: str, times: tuple[np.ndarray, np.ndarray], by: Mapping[str, np.ndarray], seed: int
) -> list[Record]:
    return [
        record
        for variable, values in by.items()
        for level in np.unique(values)
        for record in _median(
            endpoint,
            f"[{variable}={level}]",
            (times[0][values == level], times[1][values == level]),
            seed,
        )
    ]


def _cox(times: tuple[np.ndarray, np.ndarray], arm: np.ndarray, stage: np.ndarray) -> list[Record]:
    columns = np.column_stack([arm == "sbrt", stage == "III"]).astype(float)
    estimate, errors = _partial_likelihood(*times, columns)
    records: list[Record] = []
    for number, name in enumerate(("arm", "third")):
        log_ratio, error = estimate[number], errors[number]
        ends = np.exp(log_ratio + np.array([-1, 1]) * stats.norm.isf(0.025) * error)
        p = 2 * stats.norm.sf(abs(log_ratio) / error)
        records += [
            {"key": f"cox.hazard_ratio[covariate={name}]", "value": num(np.exp(log_ratio), 3),
             "interval": [num(end, 3) for end in ends], "level": Num("0.95"), "unit": "ratio",
             "place": "Table 3"},
            {"key": f"cox.p[covariate={name}]", "value": num(p, 3), "unit": "probability",
             "place": "Table 3"},
        ]  # fmt: skip
    return records


def _partial_likelihood(
    time: np.ndarray, event: np.ndarray, columns: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return Cox's estimate (Breslow) and its standard errors, by Newton's method."""
    order = np.argsort(-time)
    x, seen = columns[order], event[order].astype(bool)
    estimate = np.zeros(columns.shape[1])
    for _ in range(25):
        weight = np.exp(x @ estimate)
        total = np.cumsum(weight)[:, None]
        mean = np.cumsum(weight[:, None] * x, axis=0) / total
        products = x[:, :, None] * x[:, None, :]
        second = np.cumsum(weight[:, None, None] * products, axis=0) / total[:, :, None]
        information = (second - mean[:, :, None] * mean[:, None, :])[seen].sum(axis=0)
        estimate = estimate + np.linalg.solve(information, (x - mean)[seen].sum(axis=0))
    return estimate, np.sqrt(np.diag(np.linalg.inv(information)))


def _count(
    variable: str,
    values: np.ndarray,
    n: int,
    *,
    missing: int | None = None,
    part_of: list[str] | None = None,
) -> Record:
    levels, numbers = np.unique(values, return_counts=True)
    total = int(numbers.sum())
    record: Record = {"variable": variable, "total": total, "place": "Table 1"}
    record |= {"missing": missing} if missing is not None else {}
    record |= {"part_of": part_of} if part_of else {}
    rows = [
        {"level": str(level), "n": int(number), "percent": num(100 * number / total, 1)}
        for level, number in zip(levels, numbers, strict=True)
    ]
    return {**record, "rows": rows}


def _courses(draw: np.random.Generator, n: int) -> tuple[np.ndarray, list[Record], list[Record]]:
    sites = draw.choice(["bone", "lung"], n)
    sites[:2] = ("bone", "lung")
    texts = np.array([draw.choice(COURSES[site]) for site in sites])
    classed = {text: (draw.choice(DOSES[text]),) for text in DOSES if text.startswith("SIB")}
    doses = np.array([draw.choice((DOSES | classed)[text]) for text in texts])
    schedules = []
    for site in ("bone", "lung"):
        found, numbers = np.unique(texts[sites == site], return_counts=True)
        rows = [
            {"text": str(text), "n": int(number), "percent": num(100 * number / numbers.sum(), 1)}
            for text, number in zip(found, numbers, strict=True)
        ]
        schedules.append({"site": site, "place": "Table 1", "rows": rows})
    groups: list[Record] = [
        {"alpha_beta": Num(str(alpha_beta)), "cutoff_gy": Num(str(cutoff)), "comparison": ">=",
         "n": int(np.sum(at_least(bed_gy(doses, 5, alpha_beta), cutoff))), "place": "Table 1"}
        for alpha_beta in (4.0, 10.0) for cutoff in (75.0, 100.0)
    ]  # fmt: skip
    return sites, schedules, groups


def _test(
    endpoint: str, times: tuple[np.ndarray, np.ndarray], name: str, values: np.ndarray
) -> Record:
    test = log_rank(*times, group=values)
    return {
        "endpoint": endpoint, "grouping": name, "levels": [str(each) for each in test.groups],
        "chi_squared": num(test.chi_squared, 4), "df": test.df, "p": num(test.p, 4),
        "place": "Figure 2",
    }  # fmt: skip


def _at_risk(
    endpoint: str, time: np.ndarray, name: str, values: np.ndarray, *, times: bool
) -> Record:
    rows = [
        {"level": str(level),
         "at_risk": [int((time[values == level] >= tick).sum()) for tick in range(0, 63, 6)]}
        for level in np.unique(values)
    ]  # fmt: skip
    ticks = {"times_months": list(range(0, 63, 6))} if times else {}
    return {"endpoint": endpoint, "grouping": name, **ticks, "place": "Figure 2", "rows": rows}


def _all_at_risk(endpoint: str, time: np.ndarray, *, every: int, times: bool) -> Record:
    ticks = list(range(0, 63, every))
    rows = [{"at_risk": [int((time >= tick).sum()) for tick in ticks]}]
    known = {"times_months": ticks} if times else {}
    return {"endpoint": endpoint, **known, "place": "Figure 1", "rows": rows}
