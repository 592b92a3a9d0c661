"""What people do today: a Streamlit form that appends a row to the sheet with gspread when it is submitted."""

import os

import gspread
import streamlit as st

from tests.sheets_server import loopback_client


@st.cache_resource
def sheet() -> gspread.Worksheet:
    """The worksheet, opened once, as tutorials do."""
    return loopback_client(os.environ["PEER_SHEETS"]).open_by_key("book-1").sheet1


with st.form("survey"):
    answers = [st.radio(f"Question {number}", [1, 2, 3, 4], key=f"q{number}") for number in range(1, 6)]
    comment = st.text_area("Comment")
    if st.form_submit_button("Send"):
        sheet().append_row([*answers, comment])
        st.success("Thank you")
