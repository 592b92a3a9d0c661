"""The choice of a unit, for set-up pages."""

import streamlit as st

from analysis.language import say
from pages.components.address import choose_in_address
from pages.components.services import services
from survey.store.roster import Unit, list_units


def choose_unit() -> Unit:
    """The unit to set up, kept in the address; stops the page when the roster has none."""
    with services().store.reading() as connection:
        units = {unit.id: unit for unit in list_units(connection)}
    if not units:
        st.info(say("There is no unit yet: import a roster with `python -m survey roster import FILE.csv`."))
        st.stop()
    options = list(units)
    chosen = choose_in_address(
        st.selectbox,
        say("Unit"),
        options,
        key="unit",
        default=options[0],
        format_func=lambda each: units[each].name,
    )
    return units[chosen]
