"""The cohort's part of a report. Developer checks, and Table 1's counts as printed (quoted)."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from oligotrial import cohort as cohorts
from oligotrial import evidence
from oligotrial.bayes.terms import Bed
from oligotrial.bayes.uncertain_bed import UncertainBed
from oligotrial.checks import InputError
from oligotrial.radiobiology import AlphaBeta
from oligotrial.report import WIDE, Contents, Sheet, write
from oligotrial.report.figures.agreement import FEW, draw_agreement, worth_showing
from oligotrial.report.gallery import plates
from oligotrial.study.cohort_part import described
from oligotrial.study.model_part import panels


def agreement(count: int) -> pd.DataFrame:
    """Numbers of which the last ten are missed, each by more than the one before."""
    off = np.r_[np.zeros(count - 10), np.arange(1, 11)]
    return pd.DataFrame(
        {
            "statistic": [f"pfs.median[arm={number}]" for number in range(count)],
            "printed": 10.0,
            "reconstructed_median": 10.0 + off,
            "reconstructed_low": 9.99 + off,
            "reconstructed_high": 10.01 + off,
            "tolerance": 0.05,
            "draws_within": np.where(off, 0.0, 1.0),
            "contradicted": np.arange(count) == count - 1,
            "place": "p. 6",
        }
    )


def test_a_short_agreement_is_shown_whole_and_a_long_one_where_it_fails() -> None:
    assert len(worth_showing(agreement(FEW))) == FEW
    shown = worth_showing(agreement(FEW + 1))
    assert shown["statistic"].tolist() == agreement(FEW + 1)["statistic"].tolist()[-10:]
    many = pd.concat([agreement(FEW)] * 5, ignore_index=True)
    assert len(worth_showing(many)) == FEW
    assert worth_showing(many)["value"].abs().min() >= 40


def test_the_agreement_figure_says_both_numbers() -> None:
    axes = draw_agreement(agreement(100), Sheet(WIDE, "Agreement")).axes[0]
    written = [text.get_text() for text in axes.texts]
    assert "10 → 11" in written
    assert written.count("10 → 20") == 1
    markers = [line.get_marker() for line in axes.lines]
    assert (markers.count("X"), markers.count("D")) == (9, 1)


def test_the_caption_counts_exact_numbers_too(full: Contents) -> None:
    exact = agreement(12).assign(tolerance=0.0, draws_within=1.0, reconstructed_median=10.0,
                                 reconstructed_low=10.0, reconstructed_high=10.0)  # fmt: skip
    both = pd.concat([agreement(100), exact], ignore_index=True)
    plate = plates(replace(full, agreement=both))["agreement"]
    assert "102 of the 112 numbers compared are met by at least half" in plate.caption


def test_table_one_stands_on_the_page_by_variable(full: Contents, tmp_path: Path) -> None:
    page = write(_only(full, "table_one"), tmp_path).read_text(encoding="utf-8")
    table = page[page.index('<table class="one">') :].partition("</table>")[0]
    assert table.index("Age group") < table.index("&lt;40") < table.index("5 (8.5)")
    assert "4.3 [4 to 5] (8.1)" in table
    assert "first (n = 53)" in table
    told = json.loads((tmp_path / "tables/table_one.json").read_bytes())
    assert told["rows"][0]["level"] == "<40"


def test_score_stands_above_the_agreement(full: Contents, tmp_path: Path) -> None:
    page = write(_only(full, "score", "agreement"), tmp_path).read_text(encoding="utf-8")
    section = page[page.index('<section id="agreement">') :].partition("</section>")[0]
    assert section.index("90.9") < section.index("<figure")
    assert (tmp_path / "tables/score.csv").exists()
    assert (tmp_path / "tables/agreement.csv").exists()


def test_printed_numbers_are_marked_where_there_are_some(full: Contents) -> None:
    shown = plates(full)
    assert {"cohort-curves", "cohort-curves-line"} <= set(shown)
    assert "Printed pfs_ar.median at Figure 2." in shown["cohort-curves"].alt
    bare = plates(replace(full, printed=pd.DataFrame()))
    assert "cohort-curves-line" not in bare
    assert "Printed" not in bare["cohort-curves"].alt


def test_tables_that_lack_a_column_are_told(full: Contents) -> None:
    with pytest.raises(InputError, match="score: column 'reproduced' is missing"):
        replace(full, score=full.score.drop(columns="reproduced"))


def test_table_one_by_line_group_has_the_printed_counts() -> None:
    marazzi = evidence.load("marazzi2024")
    table = described(cohorts.reconstruct(marazzi, draws=2, steps=200))
    sizes = table[table["variable"] == "patients"].set_index("group")["value"]
    assert sizes.to_dict() == {"all": 59.0, "first or second": 53.0, "third or later": 6.0}
    assert "line_group" not in set(table["variable"])
    lines = table[(table["variable"] == "line") & (table["group"] == "all")]
    assert lines["value"].tolist() == [39.0, 14.0, 3.0, 3.0]


@pytest.mark.parametrize(
    "term", [Bed("schedule", 4.0), UncertainBed("schedule", AlphaBeta(4.0, 0.3))]
)
def test_doses_have_a_panel_whether_alpha_beta_is_known_or_not(term: Bed | UncertainBed) -> None:
    rows = pd.DataFrame({"time": [3.0], "event": [1], "line": ["first"],
                         "schedule": ["20 Gy in 5 fr"]})  # fmt: skip
    terms = SimpleNamespace(model=SimpleNamespace(formula=SimpleNamespace(terms=(term,))))
    population = SimpleNamespace(schedule="30 Gy in 5 fr")
    results = SimpleNamespace(
        cohort=cohorts.Cohort(rows, label="one", source="x"),
        study=SimpleNamespace(spec=SimpleNamespace(population=population)),
        main=terms,
    )
    found = panels(results)
    assert found["bed"]["level"].tolist() == [
        "40 Gy (20 Gy in 5 fr)",
        "75 Gy (30 Gy in 5 fr)",
        "120 Gy (40 Gy in 5 fr)",
        "175 Gy (50 Gy in 5 fr)",
    ]


def _only(full: Contents, *kept: str) -> Contents:
    base = Contents(title="T", cohort_label="L", target=0.8, target_measure="power")
    return replace(base, **{name: getattr(full, name) for name in kept})
