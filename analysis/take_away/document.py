"""A report as a document: headings, figures and cautions, before it becomes a file."""

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from analysis.charts import Figure
from analysis.language import say, spoken_language
from analysis.view import View
from analysis.view_wording import WINDOW_NAMES, say_strata

PAPERS: Final = {"a4": "A4", "us-letter": "Letter"}


@dataclass(frozen=True)
class Section:
    """A heading with what is said below it, and a figure where there is one."""

    heading: str
    texts: tuple[str, ...] = ()
    figure: Figure | None = None


@dataclass(frozen=True)
class Document:
    """A report to take away, all in one language. `facts` say what was looked at, `statement` what it comes to."""

    title: str
    subject: str
    facts: tuple[str, ...]
    statement: str
    sections: tuple[Section, ...]
    language: str


def make_document(
    title: str, subject: str, view: View, statement: str, sections: tuple[Section, ...], *, made: date, synthetic: bool
) -> Document:
    """The document in the language of the moment, with what every report says of itself and its methods."""
    facts = (
        *([say("Synthetic data: nobody answered this.")] if synthetic else []),
        say("{title}, version {version}", title=view.instrument.title, version=view.instrument.version),
        say("Period: {window}. {strata}", window=say(WINDOW_NAMES[view.window]), strata=say_strata(view)),
        say("Made on {day}.", day=made.isoformat()),
    )
    cautions = Section(say("How to read this, and what not to do with it"), _cautions())
    everything = tuple(_plain_section(each) for each in (*sections, cautions))
    return Document(title, subject, facts, _plain(statement), everything, spoken_language())


def _plain_section(section: Section) -> Section:
    figure = section.figure and replace(section.figure, reading=_plain(section.figure.reading))
    return replace(section, texts=tuple(map(_plain, section.texts)), figure=figure)


def _plain(markdown: str) -> str:
    """The words without the marks of Markdown, which only the page knows."""
    return re.sub(r"[*_`]+", "", markdown)


def _cautions() -> tuple[str, ...]:
    return (
        say(
            "Every score stands with an interval: the range in which the true value lies in about 95 of 100 such "
            "cases. Where two intervals overlap widely, the data do not tell the two apart."
        ),
        say(
            "This is no ranking. Order among people or units whose intervals overlap is chance, and it must not be "
            "used for pay, promotion or blame."
        ),
        say(
            "Groups with few answers are hidden, and so is what would give them away by subtraction. What is hidden "
            "here is hidden on the page as well."
        ),
        say(
            "Those who answered may differ from those who did not. A program's units are compared after correction for "
            "how many there are, and, where possible, for who their patients are."
        ),
        say("Formulas, sources and how each was checked stand in the program's documentation, methods.md."),
    )
