"""A program's numbers, one module for each panel; all are made from one look, which asks for access first."""

from analysis.report.program.case_mix import CaseMixReport, NotAdjusted, report_case_mix
from analysis.report.program.funnel import FunnelReport, report_funnel
from analysis.report.program.look import ProgramLook, look_at_program
from analysis.report.program.standing import Standing, Standings
from analysis.report.program.units import ProgramReport, UnitRow, report_program, report_units

__all__ = [
    "CaseMixReport",
    "FunnelReport",
    "NotAdjusted",
    "ProgramLook",
    "ProgramReport",
    "Standing",
    "Standings",
    "UnitRow",
    "look_at_program",
    "report_case_mix",
    "report_funnel",
    "report_program",
    "report_units",
]
