"""A report written from made-up contents: what is on the page, in the tables and on disk."""

import hashlib
import json
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from oligotrial.checks import InputError
from oligotrial.report import Contents, ModelPart, SensitivityPart, write
from oligotrial.report.tables import tables


class Page(HTMLParser):
    """What a browser would load, link to and read out."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, name: str) -> list[str]:
        return [str(found[name]) for _, found in self.tags if name in found]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    write(_made(), folder)
    return folder


def _made() -> Contents:
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location("made_up", Path(__file__).with_name("conftest.py"))
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.contents()


def _bytes(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _small(full: Contents, **changes: object) -> Contents:
    """Return contents that are quick to draw: the operating curves and one model."""
    empty = pd.DataFrame()
    bare = replace(
        full,
        models=(replace(full.models[0], curves=empty, effects=empty),),
        sensitivity=(),
        effect_prior=empty,
        control_check=empty,
        agreement=empty,
        cohort_curves=empty,
    )
    return replace(bare, **changes)


def _text(folder: Path) -> str:
    return (folder / "report.html").read_text(encoding="utf-8")


def test_page_loads_nothing(written: Path) -> None:
    page = Page(_text(written))
    loads = [*page.all("src"), *page.all("srcset")]
    assert loads
    assert all(place.startswith("data:image/svg+xml;base64,") for place in loads)
    assert not [tag for tag, _ in page.tags if tag in ("script", "link", "iframe", "object")]
    assert all(place.startswith(("#", "https://doi.org/10.")) for place in page.all("href"))
    style = re.search(r"<style>(.*?)</style>", _text(written), re.DOTALL)[1]
    assert "url(" not in style
    assert "@import" not in style


def test_links_inside_the_page_lead_somewhere(written: Path) -> None:
    page = Page(_text(written))
    inside = {place[1:] for place in page.all("href") if place.startswith("#")}
    assert inside
    assert inside <= set(page.all("id"))
    assert len(page.all("id")) == len(set(page.all("id")))


def test_figures_have_a_text_and_two_sizes(written: Path) -> None:
    tags = Page(_text(written)).tags
    images = [found for tag, found in tags if tag == "img"]
    narrow = [found for tag, found in tags if tag == "source"]
    assert len(images) == len(narrow) == len(list((written / "figures").glob("*.svg")))
    assert all(len(found["alt"]) > 40 for found in images)


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_tables_are_read_back_equal(written: Path, kind: str) -> None:
    expected = {table.name: table.frame.reset_index(drop=True) for table in tables(_made())}
    assert {path.stem for path in written.glob(f"tables/*.{kind}")} == set(expected)
    for name, frame in expected.items():
        path = written / "tables" / f"{name}.{kind}"
        if kind == "csv":
            found = pd.read_csv(path)
        else:
            page = json.loads(path.read_text(encoding="utf-8"))
            found = pd.DataFrame(page["rows"], columns=page["columns"])
            found = found.replace({"inf": float("inf")}).infer_objects()
        pd.testing.assert_frame_equal(found, frame, check_dtype=False, check_exact=True)


def test_same_contents_same_bytes(written: Path, tmp_path: Path) -> None:
    write(_made(), tmp_path)
    again, before = _bytes(tmp_path), _bytes(written)
    assert set(again) == set(before)
    for name, content in again.items():
        pairs = zip(content, before[name], strict=False)
        place = next((k for k, (new, old) in enumerate(pairs) if new != old), 0)
        around = slice(max(place - 80, 0), place + 80)
        assert content == before[name], f"{name}: {before[name][around]!r}, now {content[around]!r}"


def test_threads_do_not_disturb_each_other(full: Contents, tmp_path: Path) -> None:
    folders = [tmp_path / name for name in "abc"]
    with ThreadPoolExecutor(3) as threads:
        list(threads.map(lambda folder: write(_small(full), folder), folders))
    first, *others = map(_bytes, folders)
    assert all(other == first for other in others)


def test_a_grid_of_one_size_and_one_scenario_is_drawn(full: Contents, tmp_path: Path) -> None:
    one = full.operating[(full.operating["patients"] == 160)].iloc[:1]
    write(_small(full, operating=one[["scenario", "patients", "events", "estimate", "mc_se"]],
                 schoenfeld=pd.DataFrame()), tmp_path)  # fmt: skip
    assert not (tmp_path / "figures/duration.svg").exists()
    write(_small(full, operating=one), tmp_path)
    assert (tmp_path / "figures/duration.svg").exists()


def test_subgroup_curves_alone_make_no_cohort_figure(full: Contents, tmp_path: Path) -> None:
    own = full.cohort_curves.assign(panel="line", level="first")
    write(_small(full, cohort_curves=own), tmp_path)
    assert not (tmp_path / "figures/cohort-curves.svg").exists()


def test_index_holds_the_hash_of_every_file(written: Path) -> None:
    listed = json.loads((written / "report.json").read_text(encoding="utf-8"))["files"]
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in _bytes(written).items()}
    assert listed == {name: value for name, value in hashes.items() if name != "report.json"}


def test_monte_carlo_error_stands_beside_each_simulated_figure(written: Path) -> None:
    text = _text(written)
    for row in _made().operating.itertuples():
        assert f"{row.estimate:.3f} ± {row.mc_se:.3f}" in text


def test_cohort_is_labelled_wherever_it_is_shown(written: Path) -> None:
    label = _made().cohort_label
    text = _text(written)
    for name in ("cohort-curves", "agreement", "model-weibull-no-dose-survival", "operating"):
        figure = text[text.index(f'<figure id="figure-{name}">') :].partition("</figure>")[0]
        assert label in figure.partition("<figcaption>")[0]
        assert label in figure.partition("<figcaption>")[2]
    for path in written.glob("tables/*.json"):
        assert json.loads(path.read_text(encoding="utf-8"))["cohort"] == label


def test_failed_checks_are_loud(full: Contents, failed_model: ModelPart, tmp_path: Path) -> None:
    calm = _small(full, cohort_curves=full.cohort_curves)
    quiet_folder, loud_folder = tmp_path / "calm", tmp_path / "loud"
    write(calm, quiet_folder)
    bare = replace(failed_model, effects=pd.DataFrame(), curves=pd.DataFrame())
    write(replace(calm, models=(bare,), warnings=("too few replicates",)), loud_folder)
    quiet, loud = _text(quiet_folder), _text(loud_folder)
    assert "Checks failed" not in quiet
    body = loud.partition("<body>")[2]
    assert body.index('role="alert"') < body.index("<h1>")
    for message in ("M-spline: largest R-hat is 1.31, above 1.01", "too few replicates"):
        assert message in body.partition("<h1>")[0]
        assert message in json.loads((loud_folder / "report.json").read_bytes())["warnings"]
        operating = json.loads((loud_folder / "tables/operating.json").read_bytes())
        assert message in operating["warnings"]
    red = b"#a30000"
    assert red in (loud_folder / "figures/operating.svg").read_bytes().lower()
    assert red not in (quiet_folder / "figures/operating.svg").read_bytes().lower()
    same = "figures/cohort-curves.svg"
    assert (loud_folder / same).read_bytes() == (quiet_folder / same).read_bytes()


def test_a_failure_that_is_among_the_warnings_is_said_once(
    full: Contents, failed_model: ModelPart
) -> None:
    warned = ("M-spline: largest R-hat is 1.31, above 1.01",)
    assert replace(full, models=(failed_model,), warnings=warned).alarms == warned


def test_only_the_main_model_alarms_the_trial(full: Contents, failed_model: ModelPart) -> None:
    second = replace(full, models=(full.models[0], failed_model))
    assert second.main_alarms == ()
    assert second.alarms == ("M-spline: largest R-hat is 1.31, above 1.01",)


def test_text_is_escaped(full: Contents, tmp_path: Path) -> None:
    bad = "<script>alert('$x_1$ & more')</script>"
    table = pd.DataFrame({"assumption": [bad], "value": [f'doi:10.1000/x"onload={bad}']})
    model = replace(full.models[0], name=bad, formula=bad, failures=(bad,))
    part = SensitivityPart(title=bad, note=bad, table=pd.DataFrame({bad: [bad]}))
    contents = replace(
        _small(full, title=bad, subtitle=bad, cohort_label=bad, warnings=(bad,)),
        models=(model,),
        sensitivity=(part,),
        assumptions=table,
    )
    write(contents, tmp_path)
    page = Page(_text(tmp_path))
    assert not [tag for tag, _ in page.tags if tag == "script"]
    assert not page.all("onload")
    assert "&lt;script&gt;" in _text(tmp_path)


def test_no_recommendation_says_how_near_it_came(full: Contents, tmp_path: Path) -> None:
    short = full.operating.assign(estimate=full.operating["estimate"] * 0.8)
    write(_small(full, recommended=None, operating=short), tmp_path)
    best = short[short["scenario"] == "power"]["estimate"].max()
    sentence = f"No simulated design reaches power 0.8. The highest is {best:.3f} ± 0.001, with 240"
    assert sentence in _text(tmp_path)
    assert sentence in json.loads((tmp_path / "report.json").read_bytes())["shortfall"]


def test_empty_parts_leave_no_empty_sections(full: Contents, tmp_path: Path) -> None:
    bare = Contents(title="T", cohort_label="L", target=0.9, target_measure="assurance")
    write(bare, tmp_path)
    ids = set(Page(_text(tmp_path)).all("id"))
    assert ids == {"content", "design"}
    write(_small(full), tmp_path)
    assert 'href="#sensitivity"' not in _text(tmp_path)
    assert 'href="#operating"' in _text(tmp_path)


def test_files_of_an_earlier_report_go_and_others_stay(full: Contents, tmp_path: Path) -> None:
    write(_small(full, bed_table=full.bed_table), tmp_path)
    (tmp_path / "tables/mine.csv").write_text("kept")
    (tmp_path / "fit.nc").write_text("kept")
    write(_small(full, bed_table=pd.DataFrame()), tmp_path)
    left = set(_bytes(tmp_path))
    assert {"tables/mine.csv", "fit.nc"} <= left
    assert not {"tables/bed.csv", "tables/bed.json"} & left
    assert not [name for name in left if Path(name).name.startswith(".")]


def test_an_index_cannot_have_other_files_removed(full: Contents, tmp_path: Path) -> None:
    outside = tmp_path / "outside.csv"
    outside.write_text("kept")
    folder = tmp_path / "report"
    folder.mkdir()
    listed = {"../outside.csv": "", "tables/../../outside.csv": "", str(outside): ""}
    (folder / "report.json").write_text(json.dumps({"files": listed}))
    write(_small(full), folder)
    assert outside.exists()


def test_a_failed_write_leaves_the_earlier_report(
    full: Contents, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(_small(full), tmp_path)
    before = _bytes(tmp_path)
    monkeypatch.setattr("oligotrial.report.folder.as_html", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write(_small(full, title="other"), tmp_path)
    assert _bytes(tmp_path) == before


def test_a_folder_that_is_a_file_is_told(full: Contents, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(InputError, match="taken: cannot write the report"):
        write(_small(full), tmp_path / "taken")


def test_wrong_contents_are_told(full: Contents) -> None:
    with pytest.raises(InputError, match="operating: column 'mc_se' is missing"):
        replace(full, operating=full.operating.drop(columns="mc_se"))
    with pytest.raises(InputError, match="target_measure: 'powr' is not one of"):
        replace(full, target_measure="powr")
    with pytest.raises(InputError, match="models share a name"):
        replace(full, models=(full.models[0], full.models[0]))
    with pytest.raises(InputError, match="needs the names of its columns x and y"):
        replace(full.sensitivity[0], x=None)


def test_package_is_light_until_something_is_drawn() -> None:
    program = (
        "import sys, oligotrial.report; from oligotrial.report import Contents;"
        "sys.exit(any(name in sys.modules for name in ('matplotlib', 'jinja2', 'pymc')))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
