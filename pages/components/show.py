"""Placing what a report says: figures with their words and tables, choices, numbers."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.elements.lib.grid_container import GridContainer

from analysis.charts import Figure
from analysis.charts.figure import in_words
from analysis.estimate import Suppressed
from analysis.group import GroupSummary
from analysis.language import say
from analysis.report import Choices
from analysis.view import ALL_MODES, View
from analysis.view_wording import MODE_NAMES, WINDOW_NAMES
from pages.components.address import choose_in_address
from pages.components.services import services
from survey.instrument import Instrument
from survey.store.reading import answered_instruments

_NUMBERED = re.compile(r"^(\d+)\.(?=\s)")
NARROWEST = 420  # a chart with names beside it, in pixels


def side_by_side() -> GridContainer:
    """Places for panels: two in a row where there is room, on a phone below each other."""
    return st.grid(2, min_column_width=NARROWEST, gap="medium")


def show_figure(figure: Figure, heading: str, *, alone: bool = False) -> None:
    """A chart under its heading and its summary in words, with how to read it and its numbers in a table.

    alone: nothing but the page's title stands above its heading, which then is one of the second level.
    """
    (st.header if alone else st.subheader)(heading, anchor=False)
    st.caption(figure.summary)
    if not figure.table:  # the summary says why; an empty plot would only look broken
        return
    spec = figure.spec
    spec["datasets"] = {name: _arrow(rows) for name, rows in spec["datasets"].items()}
    st.vega_lite_chart(spec, height=figure.height, alt=figure.summary)
    below = st.container(gap="xsmall")
    if figure.reading:
        with below.expander(say("{heading}: how to read this", heading=heading)):
            st.markdown(figure.reading)
    with below.expander(say("{heading}: table", heading=heading)):
        show_rows(figure.table)


def show_rows(rows: Sequence[Mapping[str, Any]]) -> None:
    """Rows as a table."""
    st.table(_arrow([{name: _as_written(cell) for name, cell in row.items()} for row in rows]), hide_index=True)


def _as_written(cell: Any) -> Any:
    """A cell as Streamlit's table should show it.

    It writes a number that is not whole with four digits, and takes "1. trust" for a list, without its number.
    """
    if isinstance(cell, float):
        return in_words(cell)
    return _NUMBERED.sub(r"\1\.", cell) if isinstance(cell, str) and "." in cell else cell


def _arrow(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Rows as Arrow's columns, as they travel to the browser; a page has a dozen tables, and by pandas each takes 5 ms.

    A column with a text among its cells is all texts.
    """
    columns = {name: [row.get(name) for row in rows] for name in dict.fromkeys(name for row in rows for name in row)}
    texts = {name for name, cells in columns.items() if any(isinstance(cell, str) for cell in cells)}
    return pa.table(
        {
            name: [cell if cell is None else str(cell) for cell in cells] if name in texts else cells
            for name, cells in columns.items()
        }
    )


def choose_instrument() -> Instrument | None:
    """The instrument version to look at: the only one answered, or the viewer's choice; None before any answer."""
    with services().store.reading() as connection:
        keys = answered_instruments(connection)
    found = [instrument for key in keys if (instrument := services().catalogue.get(*key))]
    if len(found) < 2:
        return found[0] if found else None
    names = {f"{each.id} {each.version}": each for each in found}
    options = list(names)
    return names[choose_in_address(st.selectbox, say("Instrument"), options, key="instrument", default=options[0])]


def place_title(title: str) -> tuple[DeltaGenerator, DeltaGenerator]:
    """The page's title, and beside it the places of the choices that `choose_view` offers: the answer comes sooner."""
    heading, period, mode = st.columns([5, 6, 4], vertical_alignment="bottom")
    heading.title(title, anchor=False)
    return period, mode


def choose_view(instrument: Instrument, period: DeltaGenerator, mode: DeltaGenerator) -> View:
    """The period and mode to look at, kept in the address so that a view can be shared."""
    window = choose_in_address(
        period.segmented_control,
        say("Period"),
        list(WINDOW_NAMES),
        key="period",
        default="all",
        format_func=lambda window: say(WINDOW_NAMES[window]),
        required=True,
    )
    chosen = choose_in_address(
        mode.selectbox,
        say("How people answered"),
        list(MODE_NAMES),
        key="mode",
        default=ALL_MODES,
        format_func=lambda mode: say(MODE_NAMES[mode]),
    )
    return View(instrument, window, chosen)


def show_hidden(choices: Choices, reason: str, view: View) -> None:
    """Why a view is hidden, and what may be looked at instead, or how more will come where nothing may."""
    if view == View(view.instrument):
        more = say(
            "Results appear here by themselves once enough patients have answered on a tablet or their own phone."
        )
        st.info(f"{reason} {more}", icon=":material/visibility_off:")
        return
    windows = ", ".join(say(WINDOW_NAMES[window]) for window in choices.windows)
    modes = ", ".join(say(MODE_NAMES[mode]) for mode in choices.modes)
    instead = say("You can choose the periods {windows} and: {modes}.", windows=windows, modes=modes)
    st.info(f"{reason} {instead}", icon=":material/visibility_off:")


def say_modes(modes: Mapping[str, GroupSummary] | Suppressed) -> str:
    """How many answered in which way."""
    if isinstance(modes, Suppressed):
        return say("in several ways, some of them too rarely to be counted apart")
    return ", ".join(f"{say(MODE_NAMES[mode]).lower()} {each.n}" for mode, each in modes.items())
