"""A program's numbers, one module for each panel; all are made from one look, which asks for access first."""

from analysis.report.program.case_mix import CaseMixReport, NotAdjusted, report_case_mix
from analysis.report.program.clinicians import ClinicianScore, UnitClinicians, report_clinicians
from analysis.report.program.course import CoursePoint, UnitChange, UnitCourse, report_changes, report_courses
from analysis.report.program.data_quality import DataQualityReport, report_data_quality
from analysis.report.program.espoused import EspousedReport, RoundGaps, SaidAndFelt, report_espoused
from analysis.report.program.fairness import FairnessReport, LevelScore, report_fairness
from analysis.report.program.funnel import FunnelReport, report_funnel
from analysis.report.program.look import ProgramLook, look_at_program
from analysis.report.program.rates import UnitRate, report_rates
from analysis.report.program.stages import StagesReport, report_stages
from analysis.report.program.standing import Standing, Standings
from analysis.report.program.table import list_unit_rows, write_csv
from analysis.report.program.units import ProgramReport, UnitRow, report_program, report_units

__all__ = [
    "CaseMixReport",
    "ClinicianScore",
    "CoursePoint",
    "DataQualityReport",
    "EspousedReport",
    "FairnessReport",
    "FunnelReport",
    "LevelScore",
    "NotAdjusted",
    "ProgramLook",
    "ProgramReport",
    "RoundGaps",
    "SaidAndFelt",
    "StagesReport",
    "Standing",
    "Standings",
    "UnitChange",
    "UnitClinicians",
    "UnitCourse",
    "UnitRate",
    "UnitRow",
    "list_unit_rows",
    "look_at_program",
    "report_case_mix",
    "report_changes",
    "report_clinicians",
    "report_courses",
    "report_data_quality",
    "report_espoused",
    "report_fairness",
    "report_funnel",
    "report_program",
    "report_rates",
    "report_stages",
    "report_units",
    "write_csv",
]
