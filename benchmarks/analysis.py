"""The statistics beside what people use today, on the same synthetic data in one run: time, peak memory, growth.

500 clinicians in 50 units over 24 months. An engine is left out above the size at which it would take minutes. Each
runs in a process of its own; times are without starting it and its imports. R's are with them, and its memory is not
measured.
"""

import json
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from analysis.report import report_program
from analysis.view import View
from benchmarks.engines import instrument_of
from benchmarks.synthetic import Columns, make_responses
from benchmarks.tallied_store import LEAD, add_answer, fill_store
from survey.access import find_viewer
from survey.instrument import Instrument, load_catalogue
from survey.store import Store

SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
ITEMS = (5, 15)
SEED = 11
LOOKS = 40
LITTLE = 20_000
# Each question: the engines with the largest size each is asked, Compati first, and the kind of file.
QUESTIONS: dict[str, tuple[str, dict[str, int]]] = {
    "tallies from the raw rows": (
        "parquet", {"tally_compati": 10**7, "tally_duckdb": 10**7, "tally_polars": 10**7},
    ),
    "alpha of each clinician, from the raw rows": ("parquet", {"alphas_compati": 10**7, "alphas_pingouin": 10**6}),
    "reliability, ICC, 50 units compared, from a CSV": ("csv", {"csv_compati": 10**7, "csv_pingouin": 10**6}),
    "one alpha, from a CSV": ("csv", {"alpha_compati": 10**7, "alpha_r": 10**5}),
    "variance between clinicians (REML), from a CSV": (
        "csv", {"reml_compati": 10**7, "reml_statsmodels": 10**5, "reml_r": 10**6},
    ),
}  # fmt: skip


def run() -> str:
    """Measure everything and return a section of the results as Markdown."""
    lines = [
        "| question | items | responses | engine | seconds | × Compati | peak MB |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    reports = [
        "| items | responses | program report p50 ms | p95 | after a new answer p50 ms | p95 | first one, cold, s |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for items in ITEMS:
        for size in SIZES:
            with tempfile.TemporaryDirectory() as folder:
                write_files(Path(folder), "little", LITTLE, items)
                files = write_files(Path(folder), "rows", size, items)
                for question, (kind, engines) in QUESTIONS.items():
                    lines += measure_question(question, files[kind], size, items, engines)
                reports.append(measure_report(Path(folder), size, items))
    return "\n".join(
        ["## Analysis", "", (__doc__ or "").strip(), "", *lines, "", "From maintained tallies:", "", *reports, ""]
    )


def measure_question(question: str, file: Path, size: int, items: int, engines: dict[str, int]) -> list[str]:
    """One row for each engine that is asked at this size. Raises ValueError if two engines disagree."""
    found: dict[str, dict[str, Any]] = {}
    for engine, largest in engines.items():
        if size <= largest:
            command = [sys.executable, "-m", "benchmarks.engines", engine, str(file), str(items)]
            answer = subprocess.run(command, capture_output=True, text=True, check=False)
            if answer.returncode:
                raise RuntimeError(f"{engine} failed: {answer.stderr[-2_000:]}")
            found[engine] = json.loads(answer.stdout)
    ours = next(iter(found.values()))
    for engine, each in found.items():
        if not np.isclose(each["value"], ours["value"], rtol=5e-3):
            raise ValueError(f"{question}: {engine} says {each['value']}, Compati {ours['value']}.")
    rows = []
    for engine, each in found.items():
        memory = "" if engine.endswith("_r") else f"{each['peak_mb']:,.0f}"
        ratio = each["seconds"] / ours["seconds"]
        rows.append(f"| {question} | {items} | {size:,} | {engine} | {each['seconds']:.2f} | {ratio:.1f} | {memory} |")
    return rows


def measure_report(folder: Path, size: int, items: int) -> str:
    """How long a whole program's report takes from the tallies of so many responses."""
    instrument = instrument_of(items)
    store = Store(f"sqlite:///{folder / 'compati.db'}", load_catalogue()).open()
    fill_store(store, instrument, make_responses(size, items, len(instrument.scale.values), seed=SEED))
    row = time_reports(store, instrument, size)
    store.close()
    return row


def time_reports(store: Store, instrument: Instrument, size: int) -> str:
    """The row of a store: the first report, then many with nothing new, then many after a new answer each."""

    def look() -> float:
        started = time.perf_counter()
        with store.reading() as connection:
            viewer, cube = find_viewer(connection, LEAD), store.cube(connection, instrument)
            report_program(connection, cube, viewer, "p-1", View(instrument), today=date(2026, 12, 31), threshold=11)
        return time.perf_counter() - started

    cold = look()
    again = [look() for _ in range(LOOKS)]
    fresh = []
    for _ in range(LOOKS):
        add_answer(store, instrument)
        fresh.append(look())
    times = " | ".join(f"{each * 1_000:.0f}" for seconds in (again, fresh) for each in np.percentile(seconds, [50, 95]))
    return f"| {len(instrument.items)} | {size:,} | {times} | {cold:.1f} |"


def write_files(folder: Path, name: str, size: int, items: int) -> dict[str, Path]:
    """The same responses as Parquet (codes) and as CSV (levels, empty where not answered)."""
    instrument = instrument_of(items)
    files = {"parquet": folder / f"{name}.parquet", "csv": folder / f"{name}.csv"}
    writers: list[Any] = []
    for columns in make_responses(size, items, len(instrument.scale.values), seed=SEED):
        table, text = _tables(columns, items, instrument.scale.values[0])
        if not writers:
            writers = [pq.ParquetWriter(files["parquet"], table.schema), pa.csv.CSVWriter(files["csv"], text.schema)]
        writers[0].write_table(table)
        writers[1].write_table(text)
    for writer in writers:
        writer.close()
    return files


def _tables(columns: Columns, items: int, lowest: int) -> tuple[pa.Table, pa.Table]:
    people = {name: getattr(columns, name) for name in ("unit", "clinician", "month", "mode", "respondent")}
    slots = {f"q{item + 1}": np.ascontiguousarray(columns.codes[:, item]) for item in range(items)}
    levels = {name: pa.array(codes + lowest, mask=codes < 0) for name, codes in slots.items()}
    return pa.table(people | slots), pa.table(people | levels)


if __name__ == "__main__":
    print(run())
