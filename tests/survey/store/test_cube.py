"""The tallies in memory are those of the database, whatever has happened to it since the last look."""

import random

import numpy as np
import pytest

from survey.composite import score_percents
from survey.store.changed_cells import ChangedCells
from survey.store.erasure import erase_responses
from survey.store.reading import Selection, read_adjusters, read_tallies
from survey.store.rebuild import rebuild_tallies
from tests.samples import response

UNITS = ("u-1", "u-2")


def some_responses(catalogue, count, seed):
    chance = random.Random(seed)
    return [
        response(
            catalogue,
            unit=chance.choice(UNITS),
            clinician=chance.choice([None, "c-1", "c-2"]),
            mode=chance.choice(["kiosk", "own_device"]),
            answers={f"q{item}": chance.choice([1, 2, 3, 4, "skipped"]) for item in range(1, 6)},
            started_at=(month := chance.choice(["2026-09-03", "2026-11-03"])) + "T09:00:00Z",
            finished_at=f"{month}T09:01:00Z",
        )
        for _ in range(count)
    ]


def put(store, values):
    for future in [store.submit(each, "{}") for each in values]:
        future.result(timeout=30)


def hold_to_database(store, catalogue, units=UNITS, since=0, mode=None):
    instrument = catalogue.default
    chosen = Selection(
        instrument,
        frozenset(units),
        months=(since, 999912),
        modes=None if mode is None else frozenset({mode}),
    )
    with store.reading() as connection:
        cube = store.cube(connection, instrument)
        by_unit = read_tallies(connection, chosen, by=("unit_id",))
        by_clinician = read_tallies(connection, chosen, by=("unit_id", "clinician_id"))
        cells = read_tallies(connection, Selection(instrument, frozenset(units)), by=("unit_id", "month", "mode"))
    hold_units_to_tallies(cube.sum_units(units, since=since, mode=mode), by_unit)
    counted = {(unit, *cell): n for unit, found in cube.count_units(units).items() for cell, n in found.items()}
    assert {cell: n.tolist() for cell, n in counted.items() if n.any()} == {
        cell: [tally.n, tally.percent_histogram()[1].sum(), *tally.levels.sum(axis=1)] for cell, tally in cells.items()
    }
    sums = {
        (unit, who): (each.n[place], each.at_top[place], each.sums[place], each.squares[place])
        for unit, each in cube.sum_clinicians(units, since=since, mode=mode).items()
        for place, who in enumerate(each.clinicians)
    }
    for key, tally in by_clinician.items():
        values, counts = tally.percent_histogram()
        if counts.sum():
            assert sums.pop(key) == pytest.approx(
                (counts.sum(), counts[values == 100].sum(), values @ counts, values**2 @ counts)
            )
    assert sums == {}
    hold_months_to_database(store, instrument, cube, units)
    hold_strata_to_database(store, instrument, cube, units)


def hold_units_to_tallies(counts, tallies):
    assert list(counts.units) == sorted(unit for (unit,) in tallies)
    for place, unit in enumerate(counts.units):
        tally = tallies[unit,]
        present = counts.scores[place] > 0
        scores = counts.percents[present], counts.scores[place, present]
        assert counts.n[place] == tally.n
        assert np.array_equal(scores, tally.percent_histogram())
        assert np.array_equal(counts.levels[place], tally.levels)
        assert np.array_equal(counts.missing[place], tally.missing)


def hold_months_to_database(store, instrument, cube, units):
    chosen = Selection(instrument, frozenset(units))
    with store.reading() as connection:
        by_month = read_tallies(connection, chosen, by=("unit_id", "month"))
        by_cell = read_tallies(connection, chosen, by=("unit_id", "clinician_id", "month", "mode"))
    expected = {}
    for (unit, month), tally in by_month.items():
        values, counts = tally.percent_histogram()
        expected[unit, month] = (tally.n, counts.sum(), values @ counts)
    found = {(unit, month): each for unit, months in cube.score_months(units).items() for month, each in months.items()}
    assert {key: each for key, each in found.items() if each[0]} == {
        key: pytest.approx(n) for key, n in expected.items()
    }
    counted = cube.count_clinicians(units)
    cells = {}
    for owner, month, mode, n in zip(counted.owner, counted.month, counted.mode, counted.n, strict=True):
        key = (*counted.owners[owner], month, counted.modes[mode])
        cells[key] = cells.get(key, 0) + n
    scored = {key: tally.percent_histogram()[1].sum() for key, tally in by_cell.items()}
    assert {key: n for key, n in cells.items() if n} == {key: n for key, n in scored.items() if n}


def hold_strata_to_database(store, instrument, cube, units):
    with store.reading() as connection:
        tallies = read_adjusters(connection, Selection(instrument, frozenset(units)))
    sums = cube.sum_strata(units)
    for unit, moments, joint in zip(units, sums.moments, sums.joint, strict=True):
        expected = {}
        for (stratum, answered, total), count in tallies[unit].scores.items() if unit in tallies else ():
            score = score_percents(instrument, np.array([answered]), np.array([total]))[0]
            if not np.isnan(score):
                before = expected.get(stratum, np.zeros(3))
                expected[stratum] = before + count * np.array([1, score, score**2])
        assert {name: each for name, each in zip(sums.strata, moments, strict=True) if each[0]} == {
            name: pytest.approx(each) for name, each in expected.items()
        }
        pairs = tallies[unit].pairs if unit in tallies else {}
        place = {name: at for at, name in enumerate(sums.strata)}
        assert {pair: joint[place[pair[0]], place[pair[1]]] for pair in pairs} == pairs
        assert joint.sum() == 2 * sum(pairs.values()) + moments[:, 0].sum()


def test_it_follows_new_answers_erasures_and_rebuilds(store, catalogue):
    hold_to_database(store, catalogue)
    values = some_responses(catalogue, 80, 1)
    put(store, values[:50])
    hold_to_database(store, catalogue)
    put(store, values[50:])
    hold_to_database(store, catalogue)
    with store.writing() as connection:
        erase_responses(connection, [each.id for each in values[::2]], catalogue, 0)
    hold_to_database(store, catalogue)
    with store.writing() as connection:
        rebuild_tallies(connection, catalogue)
    hold_to_database(store, catalogue)
    put(store, some_responses(catalogue, 10, 2))
    hold_to_database(store, catalogue)


def test_it_reads_any_selection(store, catalogue):
    put(store, some_responses(catalogue, 80, 3))
    for units in (UNITS, ("u-2",), ("u-404",), ()):
        hold_to_database(store, catalogue, units)
    hold_to_database(store, catalogue, since=202610)
    hold_to_database(store, catalogue, mode="kiosk")
    hold_to_database(store, catalogue, mode="paper", since=202610)


def test_it_reads_only_what_has_changed(sqlite_store, catalogue, monkeypatch):
    put(sqlite_store, some_responses(catalogue, 80, 4))
    with sqlite_store.reading() as connection:
        sqlite_store.cube(connection, catalogue.default)
    read = []
    fetched = ChangedCells.read

    def note(*each):
        read.append(rows := list(fetched(*each)))
        return rows

    monkeypatch.setattr(ChangedCells, "read", note)
    with sqlite_store.reading() as connection:
        sqlite_store.cube(connection, catalogue.default)
    assert read == []
    put(sqlite_store, some_responses(catalogue, 1, 5))
    with sqlite_store.reading() as connection:
        sqlite_store.cube(connection, catalogue.default)
    # A unit's scores and items, a clinician's scores, strata, pairs of strata: of the cells of one answer.
    assert [len({row[0] for row in each}) for each in read] == [1] * 5
