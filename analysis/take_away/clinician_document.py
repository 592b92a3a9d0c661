"""A clinician's own results as a document."""

from datetime import date

from analysis.charts import draw_course, draw_distributions, draw_drivers, draw_items, draw_periods, draw_standing
from analysis.charts.espoused import draw_expectation
from analysis.estimate import Suppressed
from analysis.feedback import explain_reliability, say_headline
from analysis.group import GroupSummary
from analysis.key_drivers import KeyDrivers
from analysis.language import say
from analysis.report import ClinicianReport, Periods, Standing
from analysis.report.espoused import Expectation
from analysis.take_away.document import Document, Section, make_document
from analysis.wording import say_hidden, say_score, say_share


def document_clinician(
    report: ClinicianReport, expectation: Expectation | None, *, made: date, threshold: int, synthetic: bool
) -> Document:
    """What my feedback shows, without comments: they were written to one reader, not to be passed on.

    expectation: the clinician's own; None before they said what they expect.
    """
    if isinstance(report.summary, Suppressed):
        statement, sections = say_hidden(report.summary, threshold), []
    else:
        statement = say_headline(report.summary, report.standing)
        sections = _sections(report, report.summary, expectation)
    return make_document(
        say("My feedback"),
        f"{report.clinician}, {report.unit}",
        report.view,
        statement,
        tuple(sections),
        made=made,
        synthetic=synthetic,
    )


def _sections(report: ClinicianReport, summary: GroupSummary, expectation: Expectation | None) -> list[Section]:
    best = say("Patients who gave the best score")
    texts = [say_score(summary.score), f"{best}: {say_share(summary.top_box)}", explain_reliability(report.standing)]
    if summary.provisional:
        texts.append(say("Provisional: a good mirror for yourself, not yet a score to be compared with others'."))
    sections = [Section(say("Score, 0 to 100"), tuple(texts))]
    if report.course.points:
        sections.append(Section(say("Over time"), figure=draw_course(report.course)))
    sections.append(Section(say("What patients felt"), figure=draw_items(report.items, report.view.instrument)))
    if expectation is not None and expectation.items:
        figure = draw_expectation(expectation, report.view.instrument)
        sections.append(Section(say("What you expect and what your patients felt"), figure=figure))
    if isinstance(report.drivers, KeyDrivers):
        sections.append(Section(say("What to work on"), figure=draw_drivers(report.drivers, report.view.instrument)))
    if isinstance(report.standing, Standing):
        sections.append(Section(say("A fair estimate"), figure=draw_standing(report.standing)))
    if not isinstance(report.own_scores, Suppressed):
        figure = draw_distributions(report.own_scores, report.others_scores, summary)
        sections.append(Section(say("Beside my unit"), figure=figure))
    if isinstance(report.previous, Periods):
        sections.append(Section(say("Against the period before"), figure=draw_periods(report.previous)))
    return sections
