"""Instruments and responses as a FHIR R4 Bundle of Questionnaires and QuestionnaireResponses.

See http://hl7.org/fhir/R4/questionnaireresponse.html. Who was asked about, and where, are tags: no patient is named
anywhere, and a clinician's id in the roster is no identifier that a record system would know.
"""

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from survey.export.answers_file import answers_of, levels_of, questions_of, whole_file
from survey.instrument import Instrument
from survey.respondent import ABOUT, PREFER_NOT
from survey.response import NotAnswered, Response

_NAMESPACE: Final = "urn:compati"
_ABSENT: Final = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
# http://hl7.org/fhir/R4/valueset-data-absent-reason.html
_REASONS: Final = {
    NotAnswered.skipped: "asked-unknown",
    NotAnswered.not_applicable: "not-applicable",
    NotAnswered.prefer_not: "asked-declined",
    NotAnswered.not_reached: "not-asked",
}


def write_fhir(path: Path, responses: Iterable[Response], instruments: Sequence[Instrument]) -> int:
    """Write a Bundle of type collection, streamed: the instruments, then the responses; comments are left out.

    Returns the number of responses; raises ExportError when the file cannot be written.
    """
    by_key = {each.key: each for each in instruments}
    count = 0
    with whole_file(path) as partial, partial.open("w", encoding="utf-8") as file:
        file.write('{"resourceType": "Bundle", "type": "collection", "entry": [')
        separator = "\n"
        for instrument in instruments:
            file.write(separator + _entry(questionnaire_of(instrument)))
            separator = ",\n"
        for response in responses:
            resource = questionnaire_response_of(response, by_key[response.instrument, response.version])
            file.write(separator + _entry(resource))
            separator = ",\n"
            count += 1
        file.write("\n]}\n")
    return count


def _entry(resource: dict[str, Any]) -> str:
    name = resource["id"]
    full_url = resource["url"] if resource["resourceType"] == "Questionnaire" else f"urn:uuid:{name}"
    return json.dumps({"fullUrl": full_url, "resource": resource}, ensure_ascii=False)


def canonical_of(instrument: Instrument) -> str:
    """The address by which responses name their instrument."""
    return f"{_NAMESPACE}:instrument:{instrument.id}"


def questionnaire_of(instrument: Instrument) -> dict[str, Any]:
    """An instrument as a FHIR R4 Questionnaire; items that may not be shipped verbatim carry their topic."""
    options = [
        {"valueCoding": {"system": _levels(instrument), "code": str(level), "display": name}}
        for level, name in levels_of(instrument).items()
    ]
    items: list[dict[str, Any]] = [
        {"linkId": item, "text": question, "type": "choice", "required": False, "answerOption": options}
        for item, question in questions_of(instrument).items()
    ]
    items += [
        {
            "linkId": _about_link(field),
            "text": field.replace("_", " "),
            "type": "choice",
            "required": False,
            "answerOption": [{"valueCoding": _about_coding(field, value)} for value in (*values, PREFER_NOT)],
        }
        for field, values in ABOUT.items()
    ]
    return {
        "resourceType": "Questionnaire",
        "id": re.sub(r"[^A-Za-z0-9.-]", "-", f"{instrument.id}-{instrument.version}"),
        "url": canonical_of(instrument),
        "version": instrument.version,
        "title": instrument.title,
        "status": "active",
        "subjectType": ["Patient"],
        "copyright": f"{instrument.source.citation} {instrument.source.licence}",
        "item": items,
    }


def questionnaire_response_of(response: Response, instrument: Instrument) -> dict[str, Any]:
    """A response as a FHIR R4 QuestionnaireResponse; a way of not answering is a data-absent-reason on its item."""
    names = levels_of(instrument)
    items: list[dict[str, Any]] = []
    # `is`: as a number, the way "not reached" is the level 3.
    stopped = any(answer is NotAnswered.not_reached for answer in response.answers)
    for item, answer in answers_of(response, instrument).items():
        if isinstance(answer, NotAnswered):
            items.append({"linkId": item, "extension": [{"url": _ABSENT, "valueCode": _REASONS[answer]}]})
        else:
            coding = {"system": _levels(instrument), "code": str(answer), "display": names[answer]}
            items.append({"linkId": item, "answer": [{"valueCoding": coding}]})
    items += [
        {"linkId": _about_link(field), "answer": [{"valueCoding": _about_coding(field, value)}]}
        for field, value in response.about.items()
    ]
    tags = {
        "unit": response.unit_id,
        "clinician": response.clinician_id,
        "mode": response.mode,
        "respondent": response.respondent,
    }
    return {
        "resourceType": "QuestionnaireResponse",
        "id": str(response.id),
        "meta": {"tag": [{"system": f"{_NAMESPACE}:{kind}", "code": code} for kind, code in tags.items() if code]},
        "language": response.language,
        "questionnaire": f"{canonical_of(instrument)}|{instrument.version}",
        "status": "stopped" if stopped else "completed",
        "authored": response.day.isoformat(),
        "item": items,
    }


def _levels(instrument: Instrument) -> str:
    return f"{canonical_of(instrument)}:level"


def _about_link(field: str) -> str:
    return f"about.{field}"


def _about_coding(field: str, value: str) -> dict[str, str]:
    return {"system": f"{_NAMESPACE}:{field}", "code": value, "display": value.replace("_", " ")}
