"""The TOML format: what a file may say, and what it is told where it says something else."""

from importlib.resources import files
from pathlib import Path

import pytest

from oligotrial import evidence
from oligotrial.checks import InputError

HEAD = """
id = "mine"
citation = "A paper."
licence = "CC BY 4.0"
attribution = "A paper."
design = "retrospective cohort"
population = "patients"
patients = 10
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(HEAD + text, encoding="utf-8")
    return path


def test_a_file_of_ones_own_is_loaded_by_path(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        'statistics = [{key = "pfs.median[arm=α–1]", value = 4, unit = "months", place = "p 1"}]',
    )
    for source in (path, str(path)):
        loaded = evidence.load(source)
        assert loaded["pfs.median[arm=α–1]"].group == ("arm", "α–1")
        assert loaded["pfs.median[arm=α–1]"].lower is None


def test_risk_table_times_are_kept(tmp_path: Path) -> None:
    table = """[[risk_tables]]
    endpoint = "pfs"
    grouping = "all"
    times_months = [0, 6]
    place = "Figure 1"
    rows = [{ level = "all", at_risk = [10, 4] }]
    """
    risk = evidence.load(write(tmp_path, table)).risk_tables[0]
    assert (risk.times_months, risk.at_risk) == ((0.0, 6.0), (10, 4))


def test_a_risk_table_of_all_patients_has_neither_grouping_nor_level(tmp_path: Path) -> None:
    table = """[[risk_tables]]
    endpoint = "pfs"
    times_months = [0, 6]
    place = "Figure 1"
    rows = [{ at_risk = [10, 4] }]
    """
    loaded = evidence.load(write(tmp_path, table))
    (risk,) = loaded.risk_tables
    assert risk.of_all
    assert (risk.grouping, risk.level, risk.at_risk) == ("", "", (10, 4))
    assert risk.key(1) == "pfs.at_risk[tick=1]"
    assert loaded.table()["group"].tolist() == ["", ""]
    assert set(evidence.audit(loaded)["severity"]) == {"consistent"}


def risk_tables(*tables: str) -> str:
    return "\n".join(f'[[risk_tables]]\nendpoint = "p"\nplace = "x"\n{table}' for table in tables)


ALL = "rows = [{at_risk = [3, 2]}]"
BY_ARM = 'grouping = "arm"\nrows = [{level = "a", at_risk = [3, 2]}]'
STATISTIC = 'statistics = [{key = "a.b", value = 1, unit = "months", place = "x"'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"{STATISTIC}, valeu = 2}}]", ["statistics[1].valeu", "did you mean 'value'"]),
        (f"{STATISTIC}, level = 0.95}}]", ["level but no interval"]),
        (f"{STATISTIC}, interval = [3, 2]}}]", ["ends before it begins"]),
        (f"{STATISTIC}, interval = [3]}}]", ["statistics[1].interval"]),
        (f"{STATISTIC}}}, {{key = 'a.b', value = 2, unit = 'months', place = 'x'}}]", ["twice"]),
        ('statistics = [{key = "a b", value = 1, unit = "months", place = "x"}]', ["'a b'"]),
        ('statistics = [{key = "a", unit = "months", place = "x"}]', ["has no value", "note"]),
        ('statistics = [{key = "a", value = nan, unit = "months", place = "x"}]', ["value"]),
        ('statistics = [{key = "a", value = 1, unit = "moths", place = "x"}]', ["unit", "moths"]),
        ('statistics = [{key = "a", value = 1, unit = "months"}]', ["place", "missing"]),
        ("statistic = []", ["key statistic", "did you mean 'statistics'"]),
        ("statistics = [", ["not valid TOML"]),
        (
            '[[schedules]]\nsite = "bone"\nplace = "x"\nrows = [{text = "50 in 5 fr", n = 1}]',
            ["schedules[1].rows[1].text", "'50 in 5 fr'", "lacks its unit"],
        ),
        (
            '[[schedules]]\nsite = "bone"\nplace = "x"\nrows = [{text = "50/5", n = -1}]',
            ["schedules[1].rows[1].n"],
        ),
        (
            '[[risk_tables]]\nendpoint = "p"\ngrouping = "g"\nplace = "x"\n'
            'rows = [{level = "a", at_risk = [3, 4]}]',
            ["rise"],
        ),
        (
            '[[risk_tables]]\nendpoint = "p"\ngrouping = "g"\nplace = "x"\ntimes_months = [0]\n'
            'rows = [{level = "a", at_risk = [3, 2]}]',
            ["2 numbers at risk for 1 times_months"],
        ),
        (
            risk_tables("times_months = [0]\n" + ALL),
            ["all patients", "2 numbers at risk for 1 times_months"],
        ),
        (risk_tables("rows = [{at_risk = [3, 4]}]"), ["risk_tables[1]", "all patients rise"]),
        (
            risk_tables('rows = [{level = "a", at_risk = [3, 2]}]'),
            ["risk_tables[1]", "row of 'a'", "no grouping", "leave out the level"],
        ),
        (
            risk_tables("rows = [{at_risk = [3, 2]}, {at_risk = [2, 1]}]"),
            ["2 rows are of all patients", "give the risk table a grouping"],
        ),
        (
            risk_tables('grouping = "arm"\n' + ALL),
            ["risk table by 'arm' has no level", "leave out the grouping"],
        ),
        (risk_tables(ALL, ALL), ["all patients for 'p' stand there twice", "into one row"]),
        (risk_tables(BY_ARM, BY_ARM), ["arm 'a' for 'p' stand there twice"]),
        ('median_limits = "medcalc"', ["median_limits", "medcalc", "'band' or 'events'"]),
        (
            '[[counts]]\nvariable = "a"\ntotal = 3\npart_of = ["b", "c"]\nplace = "x"\n'
            'rows = [{level = "d", n = 3}]',
            ["part_of ['b', 'c']"],
        ),
    ],
)
def test_mistakes_name_file_and_key(tmp_path: Path, text: str, words: list[str]) -> None:
    path = write(tmp_path, text)
    with pytest.raises(InputError) as caught:
        evidence.load(path)
    for word in [str(path), *words]:
        assert word in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_files_and_unknown_names(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        evidence.load(tmp_path / "none.toml")
    with pytest.raises(InputError, match="did you mean 'marazzi2024'"):
        evidence.load("marazi2024")


def test_the_file_is_utf_8_whatever_the_locale(tmp_path: Path) -> None:
    path = tmp_path / "latin.toml"
    path.write_bytes((HEAD + 'doi = "é"').encode("latin-1"))
    with pytest.raises(InputError, match="UTF-8"):
        evidence.load(path)


def test_attribution_names_every_source_of_the_library() -> None:
    text = (files("oligotrial.evidence") / "library" / "ATTRIBUTION.md").read_text("utf-8")
    for name in evidence.available():
        assert f"`{name}.toml`" in text
        assert evidence.load(name).doi in text
