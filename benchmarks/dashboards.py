"""A lead's comparison of units and a clinician's own page after a change of filter, beside the usual way.

One visitor without a browser: each rerun is timed from the changed filter to the page's last message, on a program of
50 units and 500 clinicians over 24 months. The usual way keeps the responses in a table: each rerun reads the rows into
pandas, groups them, and draws the same two pictures, units with intervals and a funnel. It knows no disclosure control,
no adjustment and no clinicians.
"""

import asyncio
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.streamlit_session import StreamlitSession
from benchmarks.synthetic import make_responses
from benchmarks.tallied_store import MODES, fill_store, month_of
from survey.instrument import load_catalogue
from survey.store import Store
from survey.store.schema import mirror_tab, store_fact
from tests.server_process import ServerProcess, free_port

SIZES = (10_000, 1_000_000)
SEED = 11
ROUNDS = 4
WINDOWS = ("12 months", "6 months", "3 months", "All")
# Each with its topic.
PANELS = {
    "At a glance": "Units", "Items": "Units", "Over time": "Units", "Fair comparison": "Fairness",
    "Groups of patients": "Fairness", "Data quality": "Data",
}  # fmt: skip
START = 60.0

PEER = """
import sqlite3
import altair as alt
import pandas as pd
import streamlit as st

window = st.segmented_control("Period", ["All", "12 months", "6 months", "3 months"], default="All", key="period")
since = {{"All": 0, "12 months": 202601, "6 months": 202607, "3 months": 202610}}[window]
with sqlite3.connect("{path}") as connection:
    rows = pd.read_sql("select unit, score from response where month >= ?", connection, params=[since])
units = rows.groupby("unit")["score"].agg(["mean", "sem", "count"]).reset_index()
units["low"], units["high"] = units["mean"] - 1.96 * units["sem"], units["mean"] + 1.96 * units["sem"]
base = alt.Chart(units).encode(y="unit:N")
st.altair_chart(base.mark_rule().encode(x="low:Q", x2="high:Q") + base.mark_point().encode(x="mean:Q"))
st.altair_chart(alt.Chart(units).mark_point().encode(x="count:Q", y="mean:Q"))
st.dataframe(units)
"""


def run() -> str:
    """Measure everything and return a section of the results as Markdown."""
    lines = [
        "| responses | page | p50 ms | p95 ms | bytes a rerun |",
        "| --- | --- | --- | --- | --- |",
    ]
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            lines += measure_size(Path(folder), size)
    return "\n".join(["## Dashboards", "", (__doc__ or "").strip(), "", *lines, ""])


def measure_size(folder: Path, size: int) -> list[str]:
    """The rows of the table at one number of responses."""
    server = ServerProcess(folder)
    instrument = load_catalogue().default
    (folder / "var").mkdir()
    store = Store(server.store_url, load_catalogue()).open()
    fill_store(store, instrument, make_responses(size, len(instrument.items), len(instrument.scale.values), seed=SEED))
    with store.writing() as connection:
        # A persona to sign in as, and the instrument as one that was answered.
        connection.execute(store_fact.insert(), [{"key": "demo", "value": "0"}])
        tab = {"instrument": instrument.id, "version": instrument.version, "year": 2026, "next_seq": 1}
        connection.execute(mirror_tab.insert(), [tab])
    store.close()
    lines = []
    server.start()
    try:
        for panel in PANELS:
            seconds, sent = asyncio.run(change_filters(server.port, "l-1", panel))
            lines.append(row(size, f"Compati: {panel}", seconds, sent))
        seconds, sent = asyncio.run(change_filters(server.port, "c-000"))
        lines.append(row(size, "Compati: My feedback", seconds, sent))
    finally:
        server.kill()
    lines.append(measure_peer(folder, size))
    return lines


async def change_filters(port: int, persona: str, panel: str | None = None) -> tuple[list[float], list[int]]:
    """Sign in as the lead or a clinician, open the lead's panel, and change the period again and again."""
    async with StreamlitSession("127.0.0.1", port) as session:
        session.pick("Persona of the demo", persona)
        await session.press("Be this persona", until="Period")
        if panel is not None:
            await session.choose("Topic", PANELS[panel])
            await session.choose("What to look at", panel)
        return await time_periods(session)


async def time_periods(session: StreamlitSession) -> tuple[list[float], list[int]]:
    """Seconds and bytes of each change of the period, after one round to warm up."""
    seconds, sent = [], []
    for turn in range(ROUNDS + 1):
        for window in WINDOWS:
            started = time.perf_counter()
            await session.choose("Period", window)
            if turn:
                seconds.append(time.perf_counter() - started)
                sent.append(session.received)
    return seconds, sent


def measure_peer(folder: Path, size: int) -> str:
    """The same page written the usual way, on the same answers as rows."""
    path = folder / "rows.db"
    with sqlite3.connect(path) as connection:
        connection.execute("create table response (unit text, month integer, mode text, score real)")
        instrument = load_catalogue().default
        for part in make_responses(size, len(instrument.items), len(instrument.scale.values), seed=SEED):
            levels = np.where(part.codes < len(instrument.scale.values), part.codes.astype(float), np.nan)
            scores = 100 * np.nanmean(levels, axis=1) / (len(instrument.scale.values) - 1)
            connection.executemany(
                "insert into response values (?, ?, ?, ?)",
                (
                    (f"u-{unit:02d}", month_of(month), MODES[mode], score)
                    for unit, month, mode, score in zip(
                        part.unit.tolist(), part.month.tolist(), part.mode.tolist(), scores.tolist(), strict=True
                    )
                ),
            )
        connection.execute("create index by_month on response (month)")
    script, port = folder / "peer.py", free_port()
    script.write_text(PEER.format(path=path), encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port), "--server.headless", "true",
         "--server.address", "127.0.0.1"],
        env={**os.environ}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        seconds, sent = asyncio.run(change_peer(port))
    finally:
        process.terminate()
        process.wait()
    return row(size, "the usual way: rows into pandas", seconds, sent)


async def change_peer(port: int) -> tuple[list[float], list[int]]:
    """Change the peer's period again and again, once it answers."""
    until = time.monotonic() + START
    while True:
        try:
            async with StreamlitSession("127.0.0.1", port) as session:
                return await time_periods(session)
        except OSError:
            if time.monotonic() > until:
                raise
            await asyncio.sleep(0.3)


def row(size: int, page: str, seconds: list[float], sent: list[int]) -> str:
    """A row of the results."""
    p50, p95 = np.percentile(seconds, [50, 95]) * 1_000
    return f"| {size:,} | {page} | {p50:.0f} | {p95:.0f} | {np.mean(sent):,.0f} |"


if __name__ == "__main__":
    print(run())
