"""A program's units drawn side by side, by name: one module for each panel."""

from analysis.charts.program.case_mix import draw_impacts, list_effects
from analysis.charts.program.clinicians import draw_clinicians
from analysis.charts.program.course import draw_changes, draw_courses
from analysis.charts.program.forest import draw_forest, list_standings
from analysis.charts.program.funnel import draw_funnel
from analysis.charts.program.gaps import draw_fairness, draw_stages
from analysis.charts.program.heat_map import draw_heat_map
from analysis.charts.program.quality import draw_missing, list_quality

__all__ = [
    "draw_changes",
    "draw_clinicians",
    "draw_courses",
    "draw_fairness",
    "draw_forest",
    "draw_funnel",
    "draw_heat_map",
    "draw_impacts",
    "draw_missing",
    "draw_stages",
    "list_effects",
    "list_quality",
    "list_standings",
]
