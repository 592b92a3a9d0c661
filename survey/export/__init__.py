"""Stored responses as files for other programs: CSV, Excel, SPSS and FHIR."""

from survey.export.answers_file import ExportError, neutralise_formula
from survey.export.formats import FORMATS, export_responses

__all__ = ["FORMATS", "ExportError", "export_responses", "neutralise_formula"]
