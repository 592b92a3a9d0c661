"""A thousand answers brought to Google Sheets: the mirror beside what people do today, without faults and with them.

All go to the same loopback Sheets server with 100 ms of latency; quotas are off, though the mirror keeps its pace. The
peers try a call again twice when it fails, as people write it. With faults one request in six is answered 429, 500 or
503, is reset before or after it was carried out, or is cut short, on a seeded plan. Ways of few requests are tried ten
times over: what is lost and doubled is of all times together, the other columns of one.
"""

import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import gspread
import requests

from survey.instrument import load_catalogue
from survey.response import Response
from survey.sheets.client import MirrorError, SheetsClient, SheetsConnection
from survey.sheets.layout import Cell, mirrored_row
from survey.sheets.mirror import Mirror
from survey.store import Store
from tests.samples import response, small_roster
from tests.sheets_server import LoopbackSheets, loopback_client

ANSWERS = 1_000
BATCH = 100
LATENCY = 0.1
SHARE = 1 / 6
SEEDS = range(1, 11)  # for ways that take few requests, so that faults meet each of them
TRIES = 3

Row = list[Cell]


@dataclass(frozen=True)
class Outcome:
    """What it cost to bring the answers there, and what came of them."""

    requests: int
    sent: int
    seconds: float
    faults: int
    lost: int
    doubled: int


def row(outcomes: Sequence[Outcome]) -> str:
    """The cells of a Markdown table's row: what one time costs, and what all met and did together."""
    requests, sent, seconds = (
        statistics.mean(getattr(each, name) for each in outcomes) for name in ("requests", "sent", "seconds")
    )
    met, lost, doubled = (sum(getattr(each, name) for each in outcomes) for name in ("faults", "lost", "doubled"))
    answers = ANSWERS * len(outcomes)
    return f"{requests:,.0f} | {sent / 1_000:,.0f} | {seconds:,.1f} | {met} | {answers:,} | {lost:,} | {doubled:,}"


def stubborn(call: Callable[[], object]) -> None:
    """Try a call a few times, as people write it, and go on without it."""
    for _ in range(TRIES):
        try:
            call()
        except (gspread.exceptions.GSpreadException, requests.RequestException, OSError, ValueError):
            continue
        return


def opened(sheets: LoopbackSheets) -> gspread.Worksheet:
    """The worksheet; opening it is tried until it works, since that loses nothing."""
    while True:
        try:
            return loopback_client(sheets.url).open_by_key("book-1").sheet1
        except (gspread.exceptions.GSpreadException, requests.RequestException, OSError, ValueError):
            continue


def append_each(sheets: LoopbackSheets, rows: Sequence[Row]) -> None:
    """`append_row` for each answer."""
    sheet = opened(sheets)
    for row in rows:
        stubborn(lambda row=row: sheet.append_row(row))  # type: ignore[misc]


def append_batches(sheets: LoopbackSheets, rows: Sequence[Row]) -> None:
    """`append_rows` for each hundred."""
    sheet = opened(sheets)
    for start in range(0, len(rows), BATCH):
        stubborn(lambda start=start: sheet.append_rows(rows[start : start + BATCH]))  # type: ignore[misc]


def rewrite(sheets: LoopbackSheets, rows: Sequence[Row]) -> None:
    """Clear the sheet and write everything anew for each hundred, as st-gsheets-connection does."""
    sheet = opened(sheets)
    for end in range(BATCH, len(rows) + 1, BATCH):
        stubborn(sheet.clear)
        stubborn(lambda end=end: sheet.update(rows[:end], "A1"))  # type: ignore[misc]


def mirror(sheets: LoopbackSheets, values: Sequence[Response]) -> None:
    """Compati's mirror, from its store."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{Path(folder) / 'compati.db'}", load_catalogue()).open()
        small_roster(store)
        for future in [store.submit(value, "{}") for value in values]:
            future.result(timeout=60)
        connection = SheetsConnection("book-1", api_base=sheets.url, timeout_seconds=10)
        worker = Mirror(store, SheetsClient(connection, wait=time.sleep), "benchmark")
        while True:
            try:
                if not worker.round():
                    break
            except MirrorError:
                time.sleep(1)
        store.close()


def measure(bring: Callable[[LoopbackSheets], None], wanted: Sequence[str], seed: int | None) -> Outcome:
    """Bring the answers to an empty spreadsheet and count what arrived, in all of its tabs."""
    with LoopbackSheets(latency=LATENCY) as sheets:
        sheets.book.sheets[0].resize(len(wanted) + 100, 26)
        if seed is not None:
            sheets.plan.seed(seed, share=SHARE)
        started = time.perf_counter()
        bring(sheets)
        seconds = time.perf_counter() - started
        seen = Counter(str(row[0]) for sheet in sheets.book.sheets for row in sheets.rows(sheet.title) if row)
        sent = sum(each.received for each in sheets.log)
        lost, doubled = (sum(rule(seen[each]) for each in wanted) for rule in (lambda n: n == 0, lambda n: n > 1))
        return Outcome(len(sheets.log), sent, seconds, sum(sheets.plan.counts.values()), lost, doubled)


def run() -> str:
    """Measure all and return a section of the results as Markdown."""
    catalogue = load_catalogue()
    values = [response(catalogue) for _ in range(ANSWERS)]
    # Google takes a row with empty cells for several tables, and append_row then goes astray: the peers get none.
    rows = [[cell if cell != "" else "-" for cell in mirrored_row(value, catalogue.default)] for value in values]
    ways: list[tuple[str, Callable[[LoopbackSheets], None]]] = [
        ("Compati's mirror", lambda sheets: mirror(sheets, values)),
        ("append_row for each answer", lambda sheets: append_each(sheets, rows)),
        ("append_rows for each hundred", lambda sheets: append_batches(sheets, rows)),
        ("clear and rewrite for each hundred", lambda sheets: rewrite(sheets, rows)),
    ]
    lines = [
        f"| {ANSWERS:,} answers by | faults | requests | kB sent | seconds | faults met | answers | lost | doubled |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for faults in (False, True):
        for name, bring in ways:
            seeds = [None] if not faults else SEEDS if bring is not ways[1][1] else SEEDS[:1]
            found = [measure(bring, [str(value.id) for value in values], seed) for seed in seeds]
            lines.append(f"| {name} | {'yes' if faults else 'no'} | {row(found)} |")
    return "\n".join(["## Mirror", "", (__doc__ or "").strip(), "", *lines, ""])


if __name__ == "__main__":
    print(run())
