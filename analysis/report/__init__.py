"""A screen's numbers, put together once: what the page, the exports and the tests all read.

Access is asked and disclosure control applied here, before anything leaves. Every published number is a sum of blocks
(see `analysis.disclosure`); totals are totals of what is shown.
"""

from analysis.report.clinician import ClinicianReport, Marked, report_clinician
from analysis.report.comments import Comments
from analysis.report.course import Course, Periods, SinceChange, TrendPoint
from analysis.report.program import ProgramReport, UnitRow, report_program
from analysis.report.published_group import Choices
from analysis.report.standing import Standing

__all__ = [
    "Choices",
    "ClinicianReport",
    "Comments",
    "Course",
    "Marked",
    "Periods",
    "ProgramReport",
    "SinceChange",
    "Standing",
    "TrendPoint",
    "UnitRow",
    "report_clinician",
    "report_program",
]
