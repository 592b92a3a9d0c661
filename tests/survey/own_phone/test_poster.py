import io
import json
import re

import pytest
import zxingcpp
from PIL import Image
from pypdf import PdfReader

from survey.kiosk import FOLDER, LANGUAGES
from survey.own_phone import Poster, PosterError, print_poster, printable_languages

ADDRESS = "https://compati.example.org/kiosk/#visit=compati_" + "aZ-_9" * 8
POSTER = Poster("Geriatrics", "Ward door · d-1", ADDRESS)


def words(language, key):
    return json.loads((FOLDER / "wording" / f"{language}.json").read_text())[key]


@pytest.mark.parametrize("languages", [("en",), ("es", "fr"), printable_languages()])
def test_its_code_opens_the_visit_as_a_camera_sees_it(languages):
    picture = Image.open(io.BytesIO(print_poster(Poster("U", "N", ADDRESS, languages), format="png")))
    assert [code.text for code in zxingcpp.read_barcodes(picture)] == [ADDRESS]
    # From across a corridor: as coarse as 15 dots an inch of an A4 sheet.
    [seen] = zxingcpp.read_barcodes(picture.convert("L").resize((picture.width // 6, picture.height // 6)))
    assert seen.text == ADDRESS


@pytest.mark.parametrize(("paper", "size"), [("a4", (595, 842)), ("us-letter", (612, 792))])
def test_it_is_one_tagged_page_that_says_what_it_is_about(paper, size):
    reader = PdfReader(io.BytesIO(print_poster(Poster("Geriatrics", "Door", ADDRESS, ("en", "es", "fr")), paper=paper)))
    [page] = reader.pages
    assert (round(page.mediabox.width), round(page.mediabox.height)) == size
    said = re.sub(r"\s+", " ", page.extract_text())
    for language in ("en", "es", "fr"):
        assert words(language, "title") in said.replace("\u202f", " ").replace("\xa0", " ")
    assert "Geriatrics" in said
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]


def test_a_units_name_is_printed_as_it_is():
    page = PdfReader(io.BytesIO(print_poster(Poster("#image(x) *4* $y$", "[n]", ADDRESS)))).pages[0]
    assert "#image(x) *4* $y$" in page.extract_text()


@pytest.mark.parametrize("options", [{"paper": "a0"}, {"format": "gif"}])
def test_what_cannot_be_printed_is_said(options):
    with pytest.raises(PosterError):
        print_poster(POSTER, **options)


@pytest.mark.parametrize("languages", [(), ("tlh",)])
def test_a_language_that_cannot_be_printed_is_said(languages):
    with pytest.raises(PosterError, match="one language or more of en"):
        print_poster(Poster("U", "N", ADDRESS, languages))


def test_the_languages_are_those_of_the_kiosk():
    assert {path.stem for path in (FOLDER / "wording").glob("*.json")} == set(LANGUAGES)
    told = re.search(r"LANGUAGES = \{(.*)\}", (FOLDER / "wording.js").read_text()).group(1)
    assert dict(re.findall(r'(\w+): "([^"]+)"', told)) == LANGUAGES
