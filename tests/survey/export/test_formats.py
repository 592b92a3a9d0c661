"""Each format read back by a reader that is not ours."""

import json

import openpyxl
import pyreadstat
import pytest
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.questionnaireresponse import QuestionnaireResponse

from survey.export import FORMATS, ExportError, export_responses
from survey.export.sav_file import CODES
from survey.export.xlsx_file import _ROWS
from survey.response import NotAnswered
from tests.samples import response


@pytest.fixture
def values(catalogue):
    return [
        response(catalogue, comment="=HYPERLINK(1)"),
        response(catalogue, clinician=None, answers={"q1": 1}),
        response(catalogue, answers={f"q{item}": "prefer_not" for item in range(1, 6)}, about={}),
    ]


def test_excel_has_levels_as_numbers_and_nothing_that_runs(tmp_path, catalogue, values):
    path = tmp_path / "out.xlsx"
    assert export_responses(path, "xlsx", values, [catalogue.default], comments=True) == 3
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["compassion-5 2019", "codebook"]
    header, first, second, third = book["compassion-5 2019"].iter_rows()
    row = {title.value: cell for title, cell in zip(header, first, strict=True)}
    assert [row[f"q{item}"].value for item in range(1, 6)] == [4, "not_applicable", 3, 4, "skipped"]
    assert (row["comment"].value, row["comment"].data_type) == ("=HYPERLINK(1)", "s")
    assert (row["id"].value, row["seconds"].value) == (str(values[0].id), 70)
    assert [cell.value for cell in second][header.index(next(c for c in header if c.value == "clinician"))] is None
    assert "prefer_not" in [cell.value for cell in third]
    assert book["compassion-5 2019"].freeze_panes == "B2"
    codebook = list(book["codebook"].iter_rows(values_only=True))
    assert [line[2] for line in codebook[1:]] == ["q1", "q2", "q3", "q4", "q5"]
    assert "4 = Always" in codebook[1][4] or "4 = always" in codebook[1][4]


def test_spss_knows_labels_and_missing_values(tmp_path, catalogue, values):
    path = tmp_path / "out.sav"
    assert export_responses(path, "sav", values, [catalogue.default], comments=False) == 3
    table, meta = pyreadstat.read_sav(str(path), user_missing=True)
    assert list(table["q1"]) == [4, 1, CODES[NotAnswered.prefer_not]]
    assert list(table["q2"]) == [CODES[NotAnswered.not_applicable], CODES[NotAnswered.not_reached], -3]
    assert meta.variable_value_labels["q1"][-2.0] == "not applicable"
    assert meta.variable_value_labels["q1"][4.0].lower() == "always"
    assert meta.missing_ranges["q1"] == [{"lo": -4.0, "hi": -1.0}]
    assert (meta.variable_measure["q1"], meta.variable_measure["unit"]) == ("ordinal", "nominal")
    assert meta.column_names_to_labels["age_band"] == "Age"
    assert "comment" not in table
    missing, _ = pyreadstat.read_sav(str(path))
    assert int(missing["q1"].isna().sum()) == 1


def test_fhir_is_a_valid_bundle_that_says_why_an_answer_is_missing(tmp_path, catalogue, values):
    path = tmp_path / "out.json"
    assert export_responses(path, "fhir", values, [catalogue.default], comments=False) == 3
    text = path.read_text(encoding="utf-8")
    bundle = Bundle.model_validate_json(text)
    questionnaire, first, second, third = (entry.resource for entry in bundle.entry)
    assert [item.linkId for item in questionnaire.item[:5]] == ["q1", "q2", "q3", "q4", "q5"]
    assert first.questionnaire == f"{questionnaire.url}|{questionnaire.version}"
    assert (first.id, first.status, second.status, third.status) == (
        str(values[0].id), "completed", "stopped", "completed",
    )  # fmt: skip
    codes = {option.valueCoding.code for option in questionnaire.item[0].answerOption}
    given = {item.linkId: item for item in first.item}
    assert given["q1"].answer[0].valueCoding.code in codes
    assert given["q2"].extension[0].valueCode == "not-applicable"
    assert not given["q2"].answer
    assert given["about.age_band"].answer[0].valueCoding.code == "45-54"
    links = {item.linkId for item in questionnaire.item}
    assert all(item.linkId in links for each in (first, second, third) for item in each.item)
    assert "HYPERLINK" not in text
    incomplete = {key: value for key, value in json.loads(text)["entry"][1]["resource"].items() if key != "status"}
    with pytest.raises(ValueError, match="status"):
        QuestionnaireResponse.model_validate(incomplete)


@pytest.mark.parametrize("format_name", FORMATS)
def test_every_format_writes_nobody_s_answers_too(tmp_path, catalogue, format_name):
    path = tmp_path / "out"
    assert export_responses(path, format_name, [], [catalogue.default], comments=False) == 0
    assert path.stat().st_size > 0


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_write_that_fails_leaves_nothing_behind(tmp_path, catalogue, format_name):
    def breaking():
        yield response(catalogue)
        raise OSError(28, "No space left on device")

    with pytest.raises(ExportError, match="No space left"):
        export_responses(tmp_path / "out", format_name, breaking(), [catalogue.default], comments=False)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ExportError, match="cannot be written"):
        export_responses(tmp_path / "no" / "out", format_name, [], [catalogue.default], comments=False)


def test_what_a_format_cannot_hold_is_told(tmp_path, catalogue, monkeypatch):
    two = [catalogue.default, catalogue.get("scq", "2021")]
    with pytest.raises(ExportError, match=r"name it with --instrument. Answered: compassion-5 2019, scq"):
        export_responses(tmp_path / "a.sav", "sav", [], two, comments=False)
    with pytest.raises(ExportError, match="no comments"):
        export_responses(tmp_path / "a.json", "fhir", [], two, comments=True)
    with pytest.raises(ExportError, match="'ods' is not known; use csv, xlsx, sav, fhir"):
        export_responses(tmp_path / "a.ods", "ods", [], two, comments=False)
    assert _ROWS == 2**20
    monkeypatch.setattr("survey.export.xlsx_file._ROWS", 3)
    with pytest.raises(ExportError, match="use --format csv"):
        export_responses(tmp_path / "a.xlsx", "xlsx", [response(catalogue) for _ in range(3)], two, comments=False)
    assert list(tmp_path.iterdir()) == []
