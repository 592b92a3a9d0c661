"""Reports drawn with Altair. Each figure carries its picture, a summary in words, and its numbers as a table.

Colour never says anything alone: points have shapes, cells and bars have their numbers. The colours keep 3:1 contrast
on a white and on a dark page and are told apart by people who are colour-blind (after Okabe & Ito 2008).
"""

from analysis.charts.clinician import (
    draw_course,
    draw_distributions,
    draw_drivers,
    draw_items,
    draw_periods,
    draw_standing,
    draw_strata,
)
from analysis.charts.figure import Figure

__all__ = [
    "Figure",
    "draw_course",
    "draw_distributions",
    "draw_drivers",
    "draw_items",
    "draw_periods",
    "draw_standing",
    "draw_strata",
]
