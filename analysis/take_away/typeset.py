"""A document as a PDF: set by Typst, its charts drawn as vectors, tagged so that a screen reader can read it."""

import json
import tempfile
from pathlib import Path
from typing import Any, Final

import typst
import vl_convert

from analysis.charts import Figure
from analysis.language import say, speaking
from analysis.take_away.document import PAPERS, Document, Section

_TEMPLATE: Final = Path(__file__).with_name("document.typ")
_CHART_WIDTH: Final = 600
_LABEL_LIMIT: Final = 300
# Typst brings this one, so that a document looks the same on every machine.
_CHART_CONFIG: Final = {
    "font": "Libertinus Serif",
    "axis": {"labelLimit": _LABEL_LIMIT},
}


def typeset(document: Document, *, paper: str = "a4") -> bytes:
    """The document as PDF on this paper (see `PAPERS`); the same document gives the same bytes.

    Raises ValueError for another paper.
    """
    if paper not in PAPERS:
        raise ValueError(f"Paper {paper!r} is not known; use {', '.join(PAPERS)}.")
    with tempfile.TemporaryDirectory(prefix="compati-") as folder, speaking(document.language):
        root = Path(folder)
        # Texts go in as data, never as markup: whatever a unit is called is printed as it is.
        sections = [_section(root, number, section) for number, section in enumerate(document.sections)]
        told = {
            "paper": paper,
            "language": document.language,
            "title": document.title,
            "subject": document.subject,
            "facts": document.facts,
            "statement": document.statement,
            "sections": sections,
            "page": say("page"),
        }
        (root / "document.json").write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
        (root / "document.typ").write_bytes(_TEMPLATE.read_bytes())
        made: bytes = typst.compile(str(root / "document.typ"), root=folder, format="pdf", pdf_standards=["ua-1"])
    return made


def _section(root: Path, number: int, section: Section) -> dict[str, Any]:
    told: dict[str, Any] = {"heading": section.heading, "texts": section.texts, "figure": None}
    if section.figure is not None:
        name = f"figure-{number}.svg"
        (root / name).write_text(_drawing(section.figure), encoding="utf-8")
        told["figure"] = {
            "file": name,
            "summary": section.figure.summary,
            "reading": section.figure.reading,
            "header": list(section.figure.table[0]) if section.figure.table else [],
            "rows": [[_cell(cell) for cell in row.values()] for row in section.figure.table],
        }
    return told


def _drawing(figure: Figure) -> str:
    spec = figure.spec
    if spec.get("width") == "container":
        spec["width"] = _CHART_WIDTH
    _widen_labels(spec)
    svg: str = vl_convert.vegalite_to_svg(spec, config=_CHART_CONFIG, allowed_base_urls=[])
    return svg


def _widen_labels(part: Any) -> None:
    """Let no label be cut: what fits the page's own font is measured wider here, and a sheet of paper has the room."""
    if isinstance(part, dict):
        if "labelLimit" in part:
            part["labelLimit"] = _LABEL_LIMIT
        for each in part.values():
            _widen_labels(each)
    elif isinstance(part, list):
        for each in part:
            _widen_labels(each)


def _cell(value: Any) -> str:
    return "–" if value is None else str(value)
