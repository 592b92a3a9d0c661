"""Taking a report away as PDF or Excel: made only when somebody asks for the file."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from analysis.language import say, speaking, spoken_language
from analysis.take_away import PAPERS, Document, typeset, write_workbook
from pages.components.services import services
from survey.access import Viewer
from survey.store.audit import record_audit


def offer_document(viewer: Viewer, subject: str, name: str, make: Callable[[], Document]) -> None:
    """Buttons for the report as `name`.pdf and .xlsx; each file that is taken is in the audit log."""
    language = spoken_language()

    def document(kind: str) -> Document:
        # The file is made in another thread, which knows no language yet.
        with services().store.writing() as connection:
            record_audit(connection, actor=viewer.email, action="take report away", subject=subject, detail=kind)
        with speaking(language):
            return make()

    def print_on(paper: str) -> bytes:
        return typeset(document("pdf"), paper=paper)

    with st.expander(say("Download this report"), icon=":material/download:"):
        # A button for each paper: one choice less, and nobody gets the paper chosen before a page has run again.
        for paper, words in PAPERS.items():
            st.download_button(
                say("PDF, {paper}", paper=words),
                partial(print_on, paper),
                file_name=f"{name}.pdf",
                mime="application/pdf",
                on_click="ignore",
                key=paper,
            )
        st.download_button(
            say("Excel"),
            lambda: write_workbook(document("xlsx")),
            file_name=f"{name}.xlsx",
            mime="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            on_click="ignore",
        )
