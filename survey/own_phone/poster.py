"""A poster for the wall: what it is about, in the languages people read, and the QR code that opens the visit."""

import io
import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import segno
import typst

from survey.kiosk import FOLDER, LANGUAGES

PAPERS: Final = {"a4": "A4", "us-letter": "Letter"}
FORMATS: Final = ("pdf", "png")
_TEMPLATE: Final = Path(__file__).with_name("poster.typ")
_PIXELS_PER_INCH: Final = 200


class PosterError(ValueError):
    """This poster cannot be printed."""


@dataclass(frozen=True)
class Poster:
    """What stands on a poster: `address` is what its code opens, `name` is small print for the staff."""

    unit: str
    name: str
    address: str
    languages: Sequence[str] = ("en",)


def print_poster(poster: Poster, *, paper: str = "a4", format: str = "pdf") -> bytes:
    """The poster as tagged PDF or as PNG of 200 dots an inch.

    Raises PosterError for another paper or format, and for a language whose letters no font of this machine has.
    """
    if paper not in PAPERS or format not in FORMATS:
        raise PosterError(f"A poster is {' or '.join(FORMATS)} on {' or '.join(PAPERS)}.")
    missing = [language for language in poster.languages if language not in printable_languages()]
    if missing or not poster.languages:
        raise PosterError(
            f"A poster needs one language or more of {', '.join(printable_languages())}; "
            f"no font of this machine has the letters of: {', '.join(missing) or 'none'}."
        )
    told = {
        "paper": paper, "unit": poster.unit, "name": poster.name,
        "texts": [_texts(language) for language in poster.languages],
    }  # fmt: skip
    return _compile(told, qr_svg(poster.address), format)


def qr_svg(address: str) -> str:
    """An address as a QR code, with the quiet zone around it that cameras need."""
    drawn = io.BytesIO()
    segno.make(address, error="m", micro=False).save(drawn, kind="svg", border=4, dark="#000", light="#fff", scale=8)
    return drawn.getvalue().decode()


@cache
def printable_languages() -> tuple[str, ...]:
    """The languages of the kiosk whose letters the fonts of this machine have."""
    return tuple(language for language in LANGUAGES if _is_printable(language))


def _is_printable(language: str) -> bool:
    # PDF/UA allows no letter without a glyph, so that the attempt tells.
    told = {"paper": "a4", "unit": "", "name": "", "texts": [_texts(language)]}
    try:
        _compile(told, qr_svg("https://example.org"), "pdf")
    except typst.TypstError:
        return False
    return True


def _texts(language: str) -> dict[str, str]:
    words = json.loads((FOLDER / "wording" / f"{language}.json").read_text(encoding="utf-8"))
    return {"language": language, "title": words["title"], "scan": words["poster_scan"]}


def _compile(told: dict[str, Any], code: str, format: str) -> bytes:
    with tempfile.TemporaryDirectory(prefix="compati-") as folder:
        root = Path(folder)
        # Texts go in as data, never as markup: whatever a unit is called is printed as it is.
        (root / "poster.json").write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
        (root / "code.svg").write_text(code, encoding="utf-8")
        (root / "poster.typ").write_bytes(_TEMPLATE.read_bytes())
        template = str(root / "poster.typ")
        if format == "png":
            return typst.compile(template, root=folder, format="png", ppi=_PIXELS_PER_INCH)
        return typst.compile(template, root=folder, format="pdf", pdf_standards=["ua-1"])
