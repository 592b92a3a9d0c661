"""The kiosk's survey written with plain Streamlit widgets: one form for each screen, a row in SQLite at the end."""

import os
import sqlite3
from uuid import uuid4

import streamlit as st

LEVELS = ["Never", "Sometimes", "Usually", "Always"]
CLINICIANS = ["Clinician 1", "Clinician 2", "I am not sure who it was"]
QUESTIONS = [f"How often did they care about you? ({number})" for number in range(1, 6)]


def store() -> None:
    """Keep the visit."""
    with sqlite3.connect(os.environ["PEER_STORE"], timeout=30) as connection:
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("create table if not exists response (id text primary key, answers text, comment text)")
        answers = "|".join(st.session_state.answers)
        connection.execute("insert into response values (?, ?, ?)", [str(uuid4()), answers, st.session_state.comment])


def go_on() -> None:
    """Take the answer of this screen and show the next one."""
    step = st.session_state.step
    if "answer" in st.session_state:
        st.session_state.answers.append(str(st.session_state.answer))
    if step == len(QUESTIONS) + 2:
        store()
        st.session_state.answers = []
    st.session_state.step = (step + 1) % (len(QUESTIONS) + 3)


st.session_state.setdefault("step", 0)
st.session_state.setdefault("answers", [])
step = st.session_state.step
with st.form("screen"):
    if step == 0:
        st.title("How were you treated?")
        st.write("A few questions about the compassion you were shown. They take about a minute.")
    elif step == 1:
        st.radio("Who cared for you?", CLINICIANS, index=None, key="answer")
    elif step < len(QUESTIONS) + 2:
        st.progress((step - 1) / len(QUESTIONS))
        st.radio(QUESTIONS[step - 2], LEVELS, index=None, key="answer")
    else:
        st.text_area("Would you like to add anything?", key="comment")
    st.form_submit_button("Next", on_click=go_on)
