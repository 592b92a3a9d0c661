"""The comparison as a table to take away: one row for each unit, hidden ones without a number."""

import csv
import io
from typing import Final

from analysis.estimate import Estimate, NotEstimable, Suppressed
from analysis.report.program.units import ProgramReport
from survey.export import neutralise_formula

COLUMNS: Final = (
    "unit_id", "unit", "state", "responses", "scored", "clinicians", "score", "score_low", "score_high",
    "top_box", "top_box_low", "top_box_high", "adjusted_score", "adjusted_low", "adjusted_high",
    "difference", "difference_low", "difference_high", "p", "p_corrected", "reliability", "verdict",
)  # fmt: skip
Row = dict[str, str | int | float | None]


def list_unit_rows(report: ProgramReport) -> list[Row]:
    """The rows by unit name. A hidden unit has its name and the reason only; numbers are rounded to what they carry."""
    standings = {each.unit: each for each in report.standings.units}
    rows: list[Row] = []
    for unit in report.units:
        row: Row = dict.fromkeys(COLUMNS)
        row |= {"unit_id": unit.id, "unit": unit.name}
        if isinstance(unit.summary, Suppressed):
            rows.append(row | {"state": f"hidden: {unit.summary.reason}"})
            continue
        row |= {"state": "shown", "responses": unit.summary.n}
        row |= _limits("score", unit.summary.score, 1) | _limits("top_box", unit.summary.top_box, 3)
        standing = standings.get(unit.id)
        if standing is not None:
            row |= {"clinicians": standing.clinicians, "verdict": standing.verdict}
            if report.standings.adjusted:
                row |= _limits("adjusted", standing.score, 1)
            row |= _limits("difference", standing.difference, 1)
            for name, value in (("p", standing.p), ("p_corrected", standing.p_adjusted)):
                row[name] = None if value is None else round(value, 4)
            row["reliability"] = None if standing.reliability is None else round(standing.reliability, 2)
        rows.append(row)
    return rows


def _limits(name: str, value: Estimate | NotEstimable | None, digits: int) -> Row:
    if not isinstance(value, Estimate):
        return {}
    main = "adjusted_score" if name == "adjusted" else name
    found: Row = {
        main: round(value.value, digits),
        f"{name}_low": round(value.low, digits),
        f"{name}_high": round(value.high, digits),
    }
    return found | ({"scored": value.n} if name == "score" else {})


def write_csv(report: ProgramReport) -> bytes:
    """The rows as CSV in UTF-8; no text in it runs as a formula."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    for row in list_unit_rows(report):
        writer.writerow(
            {name: neutralise_formula(value) if isinstance(value, str) else value for name, value in row.items()}
        )
    return text.getvalue().encode()
