"""The comparison of a program's units as a document."""

from collections.abc import Sequence

from analysis.charts.program import draw_courses, draw_forest, draw_funnel, draw_heat_map, draw_impacts
from analysis.estimate import Suppressed
from analysis.language import say
from analysis.program_wording import group_standings, say_not_adjusted, say_rate, say_rates, say_standings
from analysis.report.program import (
    CaseMixReport,
    ProgramLook,
    ProgramReport,
    UnitRate,
    report_case_mix,
    report_courses,
    report_funnel,
    report_units,
)
from analysis.take_away.document import Document, Section, make_document
from analysis.wording import say_hidden, say_summary


def document_program(look: ProgramLook, rates: Sequence[UnitRate], *, synthetic: bool) -> Document:
    """What compare units shows: which units differ and which only seem to, items, courses, the case mix."""
    if look.visible:
        report = report_units(look)
        statement = say_standings(report.standings, look.names)
        sections = _sections(look, report)
        sections.append(Section(say("Who answers"), (say_rates(rates), *map(say_rate, rates))))
    else:
        reasons = [reason for reason in look.shown.values() if isinstance(reason, Suppressed)]
        statement, sections = say_hidden((reasons or [Suppressed("small_group")])[0], look.threshold), []
    hidden = tuple(
        f"{unit.name}: {say_hidden(reason, look.threshold)}"
        for unit in look.units
        if isinstance(reason := look.shown[unit.id], Suppressed)
    )
    if hidden:
        sections.append(Section(say("Units that are not shown"), hidden))
    return make_document(
        say("Compare units"), look.program, look.view, statement, tuple(sections), made=look.today, synthetic=synthetic
    )


def _sections(look: ProgramLook, report: ProgramReport) -> list[Section]:
    texts = [f"{count} {words} {units}" for count, words, units in group_standings(report.standings, look.names)]
    if not isinstance(report.total, Suppressed):
        texts.append(say("All together: {summary}", summary=say_summary(report.total)))
    sections = [Section(say("Units beside the program"), tuple(texts), draw_forest(report))]
    funnel = report_funnel(look, report)
    if funnel is not None:
        sections.append(Section(say("Funnel: what chance alone would do"), figure=draw_funnel(report, funnel)))
    sections.append(Section(say("Items by unit"), figure=draw_heat_map(report)))
    courses = [each for each in report_courses(look) if each.points]
    if courses:
        sections.append(Section(say("Units over time"), figure=draw_courses(courses, look.names)))
    case_mix = report_case_mix(look)
    if isinstance(case_mix, CaseMixReport):
        sections.append(Section(say("What was adjusted for"), figure=draw_impacts(case_mix)))
    else:
        sections.append(Section(say("What was adjusted for"), (say_not_adjusted(case_mix),)))
    return sections
