"""Every chart is one that Vega-Lite's schema allows; nothing checks that while the program runs."""

import json
from datetime import UTC, date, datetime
from itertools import combinations
from math import dist

import altair as alt
import pytest

from analysis import charts
from analysis.charts import espoused as espoused_charts
from analysis.charts import program as program_charts
from analysis.charts import theme
from analysis.charts.placing import place_numbers
from analysis.estimate import Estimate
from analysis.report import Marked, report_clinician
from analysis.report.program import (
    ClinicianScore,
    UnitClinicians,
    look_at_program,
    report_case_mix,
    report_changes,
    report_courses,
    report_data_quality,
    report_espoused,
    report_fairness,
    report_funnel,
    report_stages,
    report_units,
)
from analysis.view import View
from survey.access import Viewer
from survey.demo import create_demo
from survey.store import Store
from survey.store.roster import list_clinicians, list_programs, list_units

TODAY = date(2026, 11, 23)


def draw_clinician(connection, cube, who, view):
    viewer = Viewer("a@example.org", "A", who)
    report = report_clinician(
        connection, cube, viewer, who, view, today=TODAY, threshold=11, marked=Marked(202604, "Sat down")
    )
    yield charts.draw_course(report.course)
    yield charts.draw_items(report.items, view.instrument)
    yield charts.draw_drivers(report.drivers, view.instrument)
    yield charts.draw_standing(report.standing)
    yield charts.draw_distributions(report.own_scores, report.others_scores, report.summary)
    yield charts.draw_periods(report.since.periods)
    yield charts.draw_strata({"kiosk": report.summary, "paper": report.summary}, {"kiosk": "Kiosk", "paper": "Paper"})


def draw_program(connection, cube, program, view):
    viewer = Viewer(f"lead-{program[-1]}@demo.invalid", "B", leads=frozenset({program}))
    look = look_at_program(connection, cube, viewer, program, view, today=TODAY, threshold=11)
    report = report_units(look)
    yield program_charts.draw_forest(report)
    yield program_charts.draw_funnel(report, report_funnel(look, report))
    yield program_charts.draw_heat_map(report)
    yield program_charts.draw_changes(report_changes(look), look.names)
    yield program_charts.draw_courses(report_courses(look), look.names)
    yield program_charts.draw_impacts(report_case_mix(look))
    yield program_charts.draw_fairness(report_fairness(look))
    yield program_charts.draw_stages(report_stages(look))
    score = ClinicianScore("c-1", "One", 50, Estimate(91.0, 88.0, 93.0, 50, ""), 0.75)
    yield program_charts.draw_clinicians(UnitClinicians("u-1", 90.0, 40, (score,), (), ()), "Unit")
    espoused = report_espoused(connection, look)
    yield espoused_charts.draw_gaps(espoused.clinicians, "clinician", view.instrument)
    yield espoused_charts.draw_agreement(espoused.clinicians, view.instrument)
    yield espoused_charts.draw_expectation(espoused.own, view.instrument)
    yield program_charts.draw_missing(report_data_quality(connection, look, report))


@pytest.fixture
def demo(tmp_path, catalogue):
    store = Store(f"sqlite:///{tmp_path / 'demo.db'}", catalogue).open()
    create_demo(store, seed=1, responses=6_000, now=datetime(2026, 11, 23, tzinfo=UTC))
    yield store
    store.close()


def test_charts_are_what_vega_lite_allows(demo, catalogue):
    instrument = catalogue.default
    with demo.reading() as connection:
        cube = demo.cube(connection, instrument)
        program = list_programs(connection)[0].id
        who = list_clinicians(connection, [unit.id for unit in list_units(connection, [program])])[0].id
        figures = [
            *draw_clinician(connection, cube, who, View(instrument)),
            *draw_program(connection, cube, program, View(instrument, "12")),
        ]
    for figure in figures:
        alt.LayerChart.validate(json.loads(json.dumps(figure.spec)))
        for layer, told in zip(figure.chart.layers, figure.spec["layer"], strict=True):
            assert without_data(told) == without_data(layer.to_dict(validate=False))
        assert figure.height > figure.chart.height
        assert figure.spec["config"] == theme.CONFIG
        marks = [without_data(layer)["mark"] for layer in figure.spec["layer"]]
        # In the theme's ink, or on a cell or bar that has its own colour.
        assert {mark.get("color") for mark in marks if mark["type"] == "text"} <= {None, "black", "white"}


def without_data(layer):
    """A layer as Altair writes it: we place the data ourselves, and a mark may be told by its name."""
    mark = layer["mark"]
    kept = {key: layer[key] for key in ("encoding", "transform", "params") if key in layer}
    return kept | {"mark": {"type": mark} if isinstance(mark, str) else mark}


def luminance(colour):
    """Relative luminance after WCAG 2.2."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(colour, page):
    darker, lighter = sorted((luminance(colour), luminance(page)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize(("ink", "page"), [(theme.ON_LIGHT, "#ffffff"), (theme.ON_DARK, "#171613")])
def test_text_reads_on_the_light_and_the_dark_page(ink, page):
    assert contrast(ink, page) >= 4.5


@pytest.mark.parametrize("level", theme.LEVELS)
def test_black_numbers_read_on_the_bars_of_the_levels(level):
    assert contrast("#000000", level) >= 4.5


@pytest.mark.parametrize("points", [
    [(90.9, 98.2), (91.4, 98.1), (92.4, 96.3), (92.9, 98.2), (88.0, 93.0)],
    [(90, 90)] * 4,
    [(82 + 4 * number, 84 + 6 * (number % 3)) for number in range(4)],
    [(85, 85)],
])  # fmt: skip
def test_numbers_of_points_keep_apart_and_near_their_own(points):
    placed = place_numbers(points, [(79, 79), (100, 100)])
    at = [(230 * (x - 79) / 21, 340 * (100 - y) / 21) for x, y in points]
    numbers = [(x + dx, y + dy) for (x, y), (dx, dy) in zip(at, placed, strict=True)]
    assert min((dist(one, other) for one, other in combinations(numbers, 2)), default=99) >= 9
    for place, number in enumerate(numbers):
        own = dist(number, at[place])
        assert all(own < dist(number, other) + 1 for other in at if other != at[place])


@pytest.mark.parametrize("page", ["#ffffff", "#171613"])
@pytest.mark.parametrize("colour", [theme.OWN, theme.OTHERS, theme.GREY, theme.QUIET, theme.IMPROVEMENT])
def test_a_mark_stands_out_from_the_light_and_the_dark_page(colour, page):
    assert contrast(colour, page) >= 3
