"""Reports to take away, read back by readers that are not ours."""

import io
from datetime import date

import openpyxl
import pytest
from pypdf import PdfReader

from analysis.charts.figure import Figure, inline_data, layered
from analysis.language import speaking
from analysis.take_away import PAPERS, Document, Section, typeset, write_workbook
from analysis.take_away.document import make_document
from analysis.view import View

HOSTILE = "#panic() *bold* $x$ `=HYPERLINK(1)` @ref \\ <tag>"


def a_figure(name="Emergency"):
    import altair as alt

    rows = [{"unit": name, "score": 81.5}, {"unit": "Surgery", "score": None}]
    chart = alt.Chart(inline_data(rows)).mark_bar().encode(x="score:Q", y="unit:N")
    return Figure(layered(chart, height=100), f"One unit: {name}.", rows, "Read it **so**.")


def a_document(catalogue, *, subject="Acute care", language="en", figure=None, synthetic=False):
    with speaking(language):
        sections = (Section("Units", ("A *word*.",), figure or a_figure()), Section("Units", ("Bare words.",)))
        return make_document(
            "Compare units", subject, View(catalogue.default), "None differs.", sections,
            made=date(2026, 11, 23), synthetic=synthetic,
        )  # fmt: skip


def text_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


@pytest.mark.parametrize("paper", PAPERS)
def test_a_pdf_says_everything_on_its_paper_with_charts_as_vectors(catalogue, paper):
    pdf = typeset(a_document(catalogue, synthetic=True), paper=paper)
    reader = PdfReader(io.BytesIO(pdf))
    text = text_of(pdf)
    for words in ("Compare units", "Acute care", "Synthetic data", "None differs.", "A word.", "Read it so.",
                  "Emergency", "81.5", "2026-11-23", "no ranking", "page 1 / "):  # fmt: skip
        assert words in text
    width, height = (float(side) for side in reader.pages[0].mediabox[2:])
    assert (round(width), round(height)) == ((595, 842) if paper == "a4" else (612, 792))
    assert not any(page.images for page in reader.pages)
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert reader.trailer["/Root"]["/Lang"].startswith("en")
    assert reader.metadata.title == "Compare units · Acute care"


def test_names_are_printed_and_never_run(catalogue):
    document = a_document(catalogue, subject=HOSTILE, figure=a_figure(HOSTILE))
    assert "#panic() *bold* $x$ `=HYPERLINK(1)` @ref" in text_of(typeset(document))
    book = openpyxl.load_workbook(io.BytesIO(write_workbook(document)))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert HOSTILE in [cell.value for cell in cells]
    assert {cell.data_type for cell in cells} == {"s", "n"}


def test_a_name_that_is_a_formula_stays_text(catalogue):
    document = a_document(catalogue, figure=a_figure("=1+1"))
    book = openpyxl.load_workbook(io.BytesIO(write_workbook(document)))
    assert book["Units"]["A2"].data_type == "s"
    assert (book["Units"]["B2"].value, book["Units"]["B3"].value) == (81.5, None)


def test_the_same_document_gives_the_same_bytes(catalogue):
    assert typeset(a_document(catalogue)) == typeset(a_document(catalogue))


def test_a_spanish_document_stays_spanish_when_it_is_set_elsewhere(catalogue):
    document = a_document(catalogue, language="es")
    pdf = typeset(document)
    assert "Esto no es una clasificación" in text_of(pdf)
    assert "página 1 / " in text_of(pdf)
    assert PdfReader(io.BytesIO(pdf)).trailer["/Root"]["/Lang"].startswith("es")


def test_sheets_are_named_as_excel_allows(catalogue):
    figure = a_figure()
    headings = ("What is it? [a/b]", "x" * 40, "x" * 41, "About")
    document = Document("T", "S", (), "s", tuple(Section(each, figure=figure) for each in headings), "en")
    names = openpyxl.load_workbook(io.BytesIO(write_workbook(document))).sheetnames
    assert names == ["About", "What is it   a b", "x" * 31, "x" * 27 + " 2", "About 2"]


def test_another_paper_is_refused(catalogue):
    with pytest.raises(ValueError, match="'a3' is not known; use a4, us-letter"):
        typeset(a_document(catalogue), paper="a3")
