"""Which formats there are, and what each can hold."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from survey.export.answers_file import ExportError
from survey.export.csv_file import write_csv
from survey.export.fhir_bundle import write_fhir
from survey.instrument import Instrument
from survey.response import Response

FORMATS: Final = ("csv", "xlsx", "sav", "fhir")


def export_responses(
    path: Path, format_name: str, responses: Iterable[Response], instruments: Sequence[Instrument], *, comments: bool
) -> int:
    """Write responses to these instruments in one of `FORMATS`; returns how many.

    Raises ExportError when the file cannot be written, or when the format cannot hold what is asked for.
    """
    if format_name == "csv":
        return write_csv(path, responses, instruments, comments=comments)
    if format_name == "xlsx":
        from survey.export.xlsx_file import write_xlsx

        return write_xlsx(path, responses, instruments, comments=comments)
    if format_name == "fhir":
        if comments:
            raise ExportError("A FHIR bundle holds no comments: leave --comments out.")
        return write_fhir(path, responses, instruments)
    if format_name == "sav":
        if len(instruments) != 1:
            answered = ", ".join(f"{each.id} {each.version}" for each in instruments) or "none"
            raise ExportError(f"An SPSS file holds one instrument: name it with --instrument. Answered: {answered}.")
        from survey.export.sav_file import write_sav

        return write_sav(path, responses, instruments[0], comments=comments)
    raise ExportError(f"Format {format_name!r} is not known; use {', '.join(FORMATS)}.")
