"""One engine at one task in a process of its own, so that its peak memory is its own: `python -m benchmarks.engines …`.

Prints one JSON object: the seconds after imports, the peak memory in MB, and the number that all engines must agree on.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import combinations_with_replacement
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.synthetic import CLINICIANS
from survey.instrument import Instrument, load_catalogue

GROUP = ("unit", "clinician", "month", "mode", "respondent")
INSTRUMENTS = {5: "compassion-5", 15: "scq"}


def instrument_of(items: int) -> Instrument:
    """The shipped instrument with so many items."""
    return next(each for each in load_catalogue() if each.id == INSTRUMENTS[items])


def tally_compati(path: Path, items: int) -> float:
    """Every clinician's tallies by month, mode and respondent, from the raw rows."""
    import pyarrow.parquet as pq

    from survey.tally_columns import Answers, count_groups

    instrument = instrument_of(items)
    known: dict[int, int] = {}
    counted: list[Any] = []
    places: list[Any] = []
    for batch in pq.ParquetFile(path).iter_batches(1_000_000):
        key = np.zeros(len(batch), np.int64)
        for name in GROUP:
            key = key * 1_000 + batch[name].to_numpy()
        present, group = np.unique(key, return_inverse=True)
        codes = np.stack([batch[f"q{item + 1}"].to_numpy() for item in range(items)], axis=1).astype(np.int64)
        counted.append(count_groups(Answers(instrument, codes), group, len(present)))
        places.append([known.setdefault(each, len(known)) for each in present.tolist()])
    whole = {
        name: np.zeros((len(known), *getattr(counted[0], name).shape[1:]), np.int64)
        for name in ("levels", "missing", "sums", "products")
    }
    for place, part in zip(places, counted, strict=True):
        for name, array in whole.items():
            array[place] += getattr(part, name)
    return float(whole["products"].sum())


def _aggregates(items: int, levels: int, minimum: int) -> list[str]:
    """The same counts in SQL: levels and ways of not answering by item, sums and products of complete responses."""
    slots = [f"q{item + 1}" for item in range(items)]
    complete = f"FILTER (WHERE least({', '.join(slots)}) >= 0)"
    counts = [f"count(*) FILTER (WHERE {slot} = {code})" for slot in slots for code in range(-4, levels)]
    sums = [f"sum({slot} + {minimum}) {complete}" for slot in slots]
    products = [
        f"sum(({one} + {minimum})::INT * ({other} + {minimum})) {complete}"
        for one, other in combinations_with_replacement(slots, 2)
    ]
    return [*counts, *sums, *products]


def tally_duckdb(path: Path, items: int) -> float:
    """The same by DuckDB, two group-bys: score histogram, and items."""
    import duckdb

    instrument = instrument_of(items)
    lowest, levels = instrument.scale.values[0], len(instrument.scale.values)
    slots = [f"q{item + 1}" for item in range(items)]
    keys = ", ".join(GROUP)
    answered = " + ".join(f"({slot} >= 0)::INT" for slot in slots)
    total = " + ".join(f"CASE WHEN {slot} >= 0 THEN {slot} + {lowest} ELSE 0 END" for slot in slots)
    base = duckdb.connect()
    base.execute(f"SELECT {keys}, {answered} a, {total} t, count(*) FROM '{path}' GROUP BY ALL").fetchnumpy()
    parts = _aggregates(items, levels, lowest)
    named = ", ".join(f"{part} AS x{place}" for place, part in enumerate(parts))
    found = base.execute(f"SELECT {keys}, {named} FROM '{path}' GROUP BY {keys}").fetchnumpy()
    pairs = list(combinations_with_replacement(range(items), 2))
    first = len(parts) - len(pairs)
    return float(
        sum(
            (1 if one == other else 2) * float(np.nansum(np.ma.filled(found[f"x{first + place}"].astype(float), 0)))
            for place, (one, other) in enumerate(pairs)
        )
    )


def tally_polars(path: Path, items: int) -> float:
    """The same by Polars, streaming."""
    import polars as pl

    instrument = instrument_of(items)
    lowest, levels = instrument.scale.values[0], len(instrument.scale.values)
    slots = [f"q{item + 1}" for item in range(items)]
    given = [pl.col(slot) >= 0 for slot in slots]
    total = sum(
        pl.when(has).then(pl.col(slot).cast(pl.Int64) + lowest).otherwise(0)
        for has, slot in zip(given, slots, strict=True)
    )
    frame = pl.scan_parquet(path)
    answered = sum(has.cast(pl.Int64) for has in given)
    scored = frame.with_columns(a=answered, t=total).group_by(*GROUP, "a", "t").len()
    complete = pl.all_horizontal(given)
    forward = {slot: pl.col(slot).cast(pl.Int64) + lowest for slot in slots}
    counts = [(pl.col(slot) == code).sum().alias(f"{slot}_{code}") for slot in slots for code in range(-4, levels)]
    sums = [forward[slot].filter(complete).sum().alias(f"s_{slot}") for slot in slots]
    pairs = list(combinations_with_replacement(slots, 2))
    products = [
        (forward[one] * forward[other]).filter(complete).sum().alias(f"p_{one}_{other}") for one, other in pairs
    ]
    _, found = pl.collect_all([scored, frame.group_by(*GROUP).agg(*counts, *sums, *products)], engine="streaming")
    return float(sum((1 if one == other else 2) * found[f"p_{one}_{other}"].sum() for one, other in pairs))


def _pandas_frame(path: Path, items: int) -> Any:
    import pandas as pd

    frame = pd.read_csv(path)
    slots = [f"q{item + 1}" for item in range(items)]
    return frame.assign(score=frame[slots].mean(axis=1)), slots


def csv_compati(path: Path, items: int) -> float:
    """Reliability, how clinicians differ, and units compared, from a CSV: three commands of `python -m analysis`."""
    from typer.testing import CliRunner

    from analysis.__main__ import app

    slots = ",".join(f"q{item + 1}" for item in range(items))
    found = CliRunner().invoke(app, ["reliability", str(path), "--items", slots, "--json"])
    for command, group in (("icc", "clinician"), ("compare", "unit")):
        told = CliRunner().invoke(app, [command, str(path), "--value", "q1", "--group", group, "--json"])
        assert told.exit_code == 0, told.output
    return float(json.loads(found.stdout)["alpha"]["estimate"])


def csv_pingouin(path: Path, items: int) -> float:
    """The same with pandas and pingouin, whose ICC wants balanced groups: its one-way ANOVA stands for it."""
    import pingouin

    frame, slots = _pandas_frame(path, items)
    alpha, _ = pingouin.cronbach_alpha(frame[slots].dropna())
    answered = frame.dropna(subset=["q1"])
    pingouin.anova(answered, dv="q1", between="clinician")
    pingouin.welch_anova(answered, dv="q1", between="unit")
    pingouin.kruskal(answered, dv="q1", between="unit")
    pingouin.pairwise_gameshowell(answered, dv="q1", between="unit")
    return float(alpha)


def alphas_pingouin(path: Path, items: int) -> float:
    """Each clinician's alpha, with pandas and pingouin, from the rows."""
    import pandas as pd
    import pingouin

    slots = [f"q{item + 1}" for item in range(items)]
    frame = pd.read_parquet(path)
    frame = frame[(frame[slots] >= 0).all(axis=1)]
    return float(sum(pingouin.cronbach_alpha(each[slots])[0] for _, each in frame.groupby("clinician")))


def alphas_compati(path: Path, items: int) -> float:
    """Each clinician's alpha, from the rows, by way of their tallies."""
    import pyarrow.parquet as pq

    from analysis.reliability import cronbach_alpha
    from survey.tally_columns import Answers, count_groups

    instrument = instrument_of(items)
    n, sums, products = (np.zeros((CLINICIANS, *shape)) for shape in ((), (items,), (items, items)))
    for batch in pq.ParquetFile(path).iter_batches(1_000_000):
        codes = np.stack([batch[f"q{item + 1}"].to_numpy() for item in range(items)], axis=1).astype(np.int64)
        group = batch["clinician"].to_numpy().astype(np.int64)
        counted = count_groups(Answers(instrument, codes), group, CLINICIANS)
        n += np.bincount(group[(codes >= 0).all(axis=1)], minlength=CLINICIANS)
        sums += counted.sums
        products += counted.products
    usable = n > 1
    n, sums, products = n[usable, None, None], sums[usable], products[usable]
    covariances = (products - sums[:, :, None] * sums[:, None, :] / n) / (n - 1)
    return float(np.nansum(cronbach_alpha(n[:, 0, 0], covariances)[0]))


def reml_compati(path: Path, items: int) -> float:
    """Between-clinician variance by REML, from the rows of a CSV."""
    from analysis.csv_file import CsvFile
    from analysis.csv_sums import read_group_sums
    from analysis.variance_components import fit_one_way

    return float(fit_one_way(read_group_sums(CsvFile(str(path)), "q1", "clinician")).tau2)


def reml_statsmodels(path: Path, items: int) -> float:
    """The same with statsmodels' MixedLM."""
    from statsmodels.regression.mixed_linear_model import MixedLM

    frame, _ = _pandas_frame(path, items)
    frame = frame.dropna(subset=["q1"])
    fitted = MixedLM(frame["q1"].to_numpy(), np.ones(len(frame)), groups=frame["clinician"].to_numpy()).fit(reml=True)
    return float(np.asarray(fitted.cov_re)[0, 0])


def reml_r(path: Path, items: int) -> float:
    """The same with R's lme4; memory is not that of R."""
    script = (
        "suppressMessages(library(lme4)); d <- read.csv(commandArgs(TRUE)[1]); m <- lmer(q1 ~ 1 + (1 | clinician), d)"
    )
    script += "; cat(as.data.frame(VarCorr(m))$vcov[1])"
    found = subprocess.run(["Rscript", "-e", script, str(path)], capture_output=True, text=True, check=True)
    return float(found.stdout)


def alpha_compati(path: Path, items: int) -> float:
    """One alpha over everybody, from a CSV."""
    from analysis.csv_file import CsvFile
    from analysis.csv_sums import read_item_sums
    from analysis.reliability import measure_reliability

    alpha = measure_reliability(read_item_sums(CsvFile(str(path)), [f"q{item + 1}" for item in range(items)])).alpha
    assert alpha is not None
    return alpha.value


def alpha_r(path: Path, items: int) -> float:
    """One alpha with R's psych; memory is not that of R."""
    script = (
        "suppressMessages(library(psych)); d <- read.csv(commandArgs(TRUE)[1]); q <- na.omit(d[grep('^q', names(d))])"
    )
    script += "; cat(alpha(q)$total$raw_alpha)"
    found = subprocess.run(["Rscript", "-e", script, str(path)], capture_output=True, text=True, check=True)
    return float(found.stdout)


TASKS: dict[str, Callable[[Path, int], float]] = {
    each.__name__: each
    for each in (
        tally_compati, tally_duckdb, tally_polars, csv_compati, csv_pingouin, alphas_compati, alphas_pingouin,
        reml_compati, reml_statsmodels, reml_r, alpha_compati, alpha_r,
    )
}  # fmt: skip

if __name__ == "__main__":
    task, file, k = TASKS[sys.argv[1]], Path(sys.argv[2]), int(sys.argv[3])
    # Once on little, so that imports and first calls are not counted.
    task(file.with_stem("little"), k)
    started = time.perf_counter()
    value = task(file, k)
    seconds = time.perf_counter() - started
    # The process's own high-water mark: `getrusage` would count the process that started it as well.
    (peak,) = (line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in line)
    print(json.dumps({"seconds": seconds, "peak_mb": int(peak) / 1_024, "value": value}))
