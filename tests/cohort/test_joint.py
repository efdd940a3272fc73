"""Evidence: enumeration of all assignments (closed form), and identity in both library papers."""

from dataclasses import replace
from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2

from oligotrial import cohort, evidence
from oligotrial.checks import InputError
from oligotrial.cohort.joint import ImpossibleError, assigned, matched
from oligotrial.evidence import Order, Restriction

DRAWS = 3_000
LIMIT = 0.001  # p-value of a test of uniformity, at a fixed seed


def uniform(found: dict[tuple[float, ...], int], ways: int) -> bool:
    """Tell whether counts of ways are as those of ways that are equally likely."""
    counts = np.array([*found.values(), *[0] * (ways - len(found))])
    expected = DRAWS / ways
    return bool(chi2.sf(((counts - expected) ** 2 / expected).sum(), ways - 1) > LIMIT)


def test_every_allowed_assignment_is_equally_likely():
    allowed = np.array([[1, 1, 1], [0, 1, 1], [1, 0, 1], [1, 0, 1], [1, 1, 1]], dtype=bool)
    counts, patients = [2, 2, 1], range(5)
    levels = [0, 0, 1, 1, 2]
    ways = {way for way in permutations(levels) if all(allowed[i, way[i]] for i in patients)}
    generator = np.random.default_rng(1)
    found: dict[tuple[float, ...], int] = {}
    for _ in range(DRAWS):
        way = tuple(assigned(counts, allowed, generator).tolist())
        found[way] = found.get(way, 0) + 1
    assert set(found) == ways
    assert uniform(found, len(ways))


def test_every_matching_below_the_bounds_is_equally_likely():
    values, most = np.array([1.0, 2.0, 2.5, 4.0]), np.array([3.0, 2.0, np.inf, 5.0])
    ways = {way for way in permutations(values) if all(np.array(way) <= most)}
    generator = np.random.default_rng(2)
    found: dict[tuple[float, ...], int] = {}
    for _ in range(DRAWS):
        way = tuple(matched(values, most, generator).tolist())
        found[way] = found.get(way, 0) + 1
    assert set(found) == ways
    assert uniform(found, len(ways))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_an_assignment_is_found_exactly_where_there_is_one(data):
    patients = data.draw(st.integers(2, 6))
    cells = st.lists(st.booleans(), min_size=2, max_size=2)
    allowed = np.array(data.draw(st.lists(cells, min_size=patients, max_size=patients)))
    first = data.draw(st.integers(0, patients))
    counts = [first, patients - first]
    levels = [0] * first + [1] * (patients - first)
    possible = any(all(allowed[i, way[i]] for i in range(patients)) for way in permutations(levels))
    try:
        made = assigned(counts, allowed, np.random.default_rng(3))
    except ImpossibleError:
        assert not possible
    else:
        assert all(allowed[i, made[i]] for i in range(patients))
        assert np.bincount(made, minlength=2).tolist() == counts


def test_doses_of_the_other_paper_are_ordered_in_every_patient():
    lemoine = evidence.load("lemoine2021")
    made = cohort.reconstruct(lemoine, draws=5, steps=200)
    rows = made.patients
    for larger, smaller in (("d2", "d50"), ("d50", "d98"), ("d2", "d98")):
        both = rows[[larger, smaller]].dropna()
        assert len(both) > 50
        assert (both[larger] >= both[smaller]).all()
    table = cohort.agreement(made, lemoine).set_index("statistic")
    doses = table[table.index.str.match(r"d\d+\.")]
    assert (doses["draws_within"] == 1.0).all()


def test_therapies_of_the_paper_go_with_subtypes_in_every_patient():
    made = cohort.reconstruct(evidence.load("marazzi2024"), draws=2, steps=100)
    table = pd.crosstab(made.patients["subtype"], made.patients["systemic_therapy"])
    assert table.loc["HER2+", "anti-HER2"] == 2 * 24
    assert table["anti-HER2"].sum() == 2 * 24
    assert table.loc["triple negative", "chemotherapy"] == 2 * 4
    assert table.sum().to_dict() == {
        "CDK4/6 inhibitor": 34, "anti-HER2": 48, "chemotherapy": 12, "endocrine": 24
    }  # fmt: skip


def lemoine(**changes: object) -> evidence.Evidence:
    return replace(evidence.load("lemoine2021"), **changes)


def test_unknown_levels_and_partial_counts_are_kept():
    only = Restriction("histology", "other", "centre", ("Caen",), "test")
    rows = cohort.reconstruct(lemoine(restrictions=(only,)), draws=6, steps=50).patients
    other = rows["histology"].astype(object) == "other"
    assert other.sum() == 6
    assert (rows.loc[other, "centre"].astype(object) == "Caen").all()
    assert rows["histology"].isna().sum() == 6


def test_what_cannot_hold_is_refused():
    too_many = Restriction("clinical_t", "cT2", "histology", ("other",), "test")
    with pytest.raises(InputError, match="keep to the restrictions and to what is printed"):
        cohort.reconstruct(lemoine(restrictions=(too_many,)), draws=1, steps=10)
    turned = Order(("fractions", "dose"), "test")  # up to 10, and from 15 Gy on
    with pytest.raises(InputError, match="keep to the orders and to what is printed"):
        cohort.reconstruct(lemoine(orders=(turned,)), draws=1, steps=10)
    circle = (Order(("d2", "d50"), "test"), Order(("d50", "d2"), "test"))
    with pytest.raises(InputError, match="is a circle"):
        cohort.reconstruct(lemoine(orders=circle), draws=1, steps=10)
    several = Restriction("imaging", "CT", "centre", ("Caen",), "test")
    with pytest.raises(InputError, match="can have several levels"):
        cohort.reconstruct(lemoine(restrictions=(several,)), draws=1, steps=10)


RESTRICTED = (
    'restrictions = [{{ variable = "arm", level = "{level}", within = {within}, place = "x" }}]'
)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('orders = [{ variables = ["d2", "d51"], place = "x" }]', "names 'd51'"),
        ('orders = [{ variables = ["d2"], place = "x" }]', "variables"),
        (RESTRICTED.format(level="a", within='["armm", ["x"]]'), "names 'armm'"),
        (RESTRICTED.format(level="c", within='["sex", ["x"]]'), "'c', which is no level of 'arm'"),
        (RESTRICTED.format(level="a", within='["arm", ["b"]]'), "within the same variable"),
        ('references = { arm = "a" }', "no hazard ratio is printed"),
        ("codes = { arm = { a = 1, b = 2 } }", "codes names 'arm', of which no hazard ratio"),
    ],
)  # fmt: skip
def test_mistakes_in_a_file_are_told(tmp_path, line, words):
    path = tmp_path / "x.toml"
    path.write_text(
        'id = "x"\ncitation = "x"\nlicence = "x"\nattribution = "x"\ndesign = "x"\n'
        f'population = "x"\npatients = 4\n{line}\n'
        'statistics = [{ key = "d2.median", value = 3, interval = [1, 4], unit = "Gy", '
        'place = "x" }]\n[[counts]]\nvariable = "arm"\ntotal = 4\nplace = "x"\n'
        'rows = [{ level = "a", n = 2 }, { level = "b", n = 2 }]\n'
        '[[counts]]\nvariable = "sex"\ntotal = 4\nplace = "x"\nrows = [{ level = "x", n = 4 }]\n'
    )
    with pytest.raises(InputError, match=words):
        evidence.load(path)
