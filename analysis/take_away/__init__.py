"""What people take away from their pages: the same numbers, after the same disclosure control."""

from analysis.take_away.clinician_document import document_clinician
from analysis.take_away.document import PAPERS, Document, Section
from analysis.take_away.program_document import document_program
from analysis.take_away.typeset import typeset
from analysis.take_away.workbook import write_workbook

__all__ = [
    "PAPERS",
    "Document",
    "Section",
    "document_clinician",
    "document_program",
    "typeset",
    "write_workbook",
]
