"""A program's units drawn side by side, by name: one module for each panel."""

from analysis.charts.program.case_mix import draw_impacts, list_effects
from analysis.charts.program.forest import draw_forest
from analysis.charts.program.funnel import draw_funnel
from analysis.charts.program.heat_map import draw_heat_map

__all__ = ["draw_forest", "draw_funnel", "draw_heat_map", "draw_impacts", "list_effects"]
