import json
import shutil
from pathlib import Path

import pytest

from survey.instrument import SHIPPED, InstrumentError, load_catalogue, load_instrument

GOOD = """
id = "tiny"
version = "1"
title = "Tiny"
default = true

[source]
citation = "Nobody 2026"
licence = "CC0"

[scale]
levels = { 1 = "no", 2 = "yes" }

[scoring]
rule = "sum"
minimum_answered = 1
range = [2, 4]
rule_source = "here"

[[items]]
id = "q1"
topic = "one"

[[items]]
id = "q2"
topic = "two"
reversed = true

[wording.en]
validated = true
source = "here"
levels = { 1 = "No", 2 = "Yes" }
items = { q1 = "One?", q2 = "Two?" }

[self_rating.en]
validated = false
source = "ours"
clinician_stem = "You"
lead_stem = "They"
items = { q1 = "Your one?", q2 = "Your two?" }
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "tiny_1.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_shipped_instrument_loads_and_only_the_default_ships_its_words():
    catalogue = load_catalogue()
    assert {each.id for each in catalogue} == {
        "care", "compassion-5", "hcahps-communication", "jspppe", "scccs", "scq", "scq-sf",
    }  # fmt: skip
    assert [each.id for each in catalogue if each.wording] == ["compassion-5"]
    assert catalogue.default.key == ("compassion-5", "2019")
    assert {language: each.validated for language, each in catalogue.default.wording.items()} == {
        "en": True,
        "es": False,
    }
    assert not any(each.validated for each in catalogue.default.self_rating.values())
    assert set(catalogue.default.self_rating) == {"en", "es"}


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        ('id = "tiny"', 'id = "Tiny!"', "id: "),
        ('title = "Tiny"', "", "title: Field required"),
        ('title = "Tiny"', 'title = "Tiny"\ncolour = "red"', "colour: Extra inputs"),
        ('2 = "yes" }', '3 = "yes" }', "scale: levels must be consecutive"),
        ('id = "q2"', 'id = "q1"', "two items have the same id"),
        ("minimum_answered = 1", "minimum_answered = 3", "minimum_answered is more than"),
        ("range = [2, 4]", "range = [0, 4]", "scoring.range must be"),
        ('rule = "sum"', 'rule = "magic"', "scoring.rule: "),
        (', q2 = "Two?" }', " }", "items must be exactly q1, q2"),
        ('q2 = "Two?" }', 'q2 = " " }', "a text is empty"),
        ("[wording.en]", '[wording."english language"]', "is not a language tag"),
        ("[source]", "[source", "cannot be read as TOML"),
        ("validated = false", "validated = true", "self_rating.en.validated: "),
        ("[self_rating.en]", "[self_rating.es]", "self_rating.es: there is no wording.es"),
        (', q2 = "Your two?" }', " }", "self_rating.en: items must be exactly q1, q2"),
        ('lead_stem = "They"', 'lead_stem = " "', "self_rating.en: a text is empty"),
    ],
)
def test_a_bad_file_is_refused_with_its_name_the_key_and_what_is_wrong(tmp_path, before, after, complaint):
    assert load_instrument(written(tmp_path, GOOD)).id == "tiny"
    path = written(tmp_path, GOOD.replace(before, after, 1))
    with pytest.raises(InstrumentError) as caught:
        load_instrument(path)
    assert str(caught.value).startswith("tiny_1.toml: ")
    assert complaint in str(caught.value)


def test_two_files_of_one_version_or_two_defaults_are_refused(tmp_path):
    written(tmp_path, GOOD)
    shutil.copy(tmp_path / "tiny_1.toml", tmp_path / "other.toml")
    with pytest.raises(InstrumentError, match="also in another file"):
        load_catalogue(tmp_path)
    (tmp_path / "other.toml").write_text(GOOD.replace('version = "1"', 'version = "2"'))
    with pytest.raises(InstrumentError, match="exactly one file must say default"):
        load_catalogue(tmp_path)


def test_fingerprints_change_with_what_is_measured_and_with_words_but_not_with_the_citation(tmp_path):
    before = load_instrument(written(tmp_path, GOOD)).fingerprints()
    recited = load_instrument(written(tmp_path, GOOD.replace("Nobody 2026", "Nobody 2027"))).fingerprints()
    reworded = load_instrument(written(tmp_path, GOOD.replace("One?", "First?"))).fingerprints()
    rescored = load_instrument(written(tmp_path, GOOD.replace("minimum_answered = 1", "minimum_answered = 2")))
    assert recited == before
    assert reworded["measure"] == before["measure"]
    assert reworded["wording:en"] != before["wording:en"]
    assert rescored.fingerprints()["measure"] != before["measure"]
    # The form for clinicians and leads is frozen by itself, with the levels that it borrows.
    turned = load_instrument(written(tmp_path, GOOD.replace("Your one?", "Your first?"))).fingerprints()
    relabelled = load_instrument(written(tmp_path, GOOD.replace('1 = "No"', '1 = "Never"'))).fingerprints()
    assert {part for part in before if turned[part] != before[part]} == {"self_rating:en"}
    assert {part for part in before if relabelled[part] != before[part]} == {"wording:en", "self_rating:en"}


def test_installed_wording_is_added_and_a_bad_one_is_refused(tmp_path):
    (tmp_path / "care_2004.en.json").write_text(
        json.dumps(
            {
                "instrument": "care",
                "version": "2004",
                "language": "en",
                "wording": {
                    "validated": True,
                    "source": "form",
                    "levels": {str(level): f"Level {level}" for level in range(1, 6)},
                    "items": {f"q{item}": f"Item {item}" for item in range(1, 11)},
                },
            }
        )
    )
    assert load_catalogue(SHIPPED, tmp_path).get("care", "2004").wording["en"].items["q1"] == "Item 1"
    bad = (tmp_path / "care_2004.en.json").read_text().replace('"q10": "Item 10"', '"q11": "Item 11"')
    (tmp_path / "care_2004.en.json").write_text(bad)
    with pytest.raises(InstrumentError, match="items must be exactly"):
        load_catalogue(SHIPPED, tmp_path)
