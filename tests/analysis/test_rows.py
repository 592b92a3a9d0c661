"""The reader of CSV files against Python's csv module and plain sums over rows."""

import csv
import io
import math
import subprocess
import sys
from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.cells import MISSING, NOT_ANSWERED
from analysis.csv_file import CsvFile
from analysis.csv_sums import read_counts, read_group_histograms, read_group_sums, read_group_totals, read_item_sums
from analysis.estimate import UnusableDataError


@pytest.fixture
def path(tmp_path):
    """Writes a file and gives its path."""

    def write(content, name="data.csv"):
        target = tmp_path / name
        target.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(target)

    return write


def column(path, name="a", **options):
    (found,) = read_counts(CsvFile(path, **options), [name])
    return dict(zip(found.answers.values.tolist(), found.answers.counts.tolist(), strict=True))


def refusal(path, *names):
    with pytest.raises(UnusableDataError) as caught:
        read_counts(CsvFile(path), names or ["a"])
    sentence = str(caught.value)
    assert sentence.endswith(".") and "\n" not in sentence and "Traceback" not in sentence
    return sentence


numbers = st.one_of(
    st.integers(-3, 12).map(str),
    st.floats(-1e9, 1e9, allow_nan=False).filter(lambda number: number == 0 or abs(number) > 1e-60).map(repr),
    st.sampled_from(["+4", " 3 ", "1e3", ".5", "7.", "-0", "0", "1E-2", "\u00a05"]),
)
gaps = st.sampled_from(["", "NA", "n/a", "NaN", "null", "None", ".", " ", *NOT_ANSWERED, "Skipped"])
names = st.sampled_from(["a", "b b", 'say "hi"', "two\nlines", "x,y", "p;q", "é", "日本", "10", "", "NA", " a "])
rows = st.lists(st.tuples(st.one_of(numbers, gaps), st.one_of(numbers, gaps), names), min_size=1, max_size=60)


def written(table, separator, ending, quoting, encoding):
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, lineterminator=ending, quoting=quoting)
    writer.writerow(["v", "unused", " w ", "g"])
    for v, w, g in table:
        writer.writerow([v, 'any "thing"\r\n', w, g])
    return text.getvalue().encode(encoding)


def plain(text):
    text = text.strip()
    return None if text.lower() in MISSING else float(text)


@settings(max_examples=150)
@given(
    rows,
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    st.integers(120, 2000),
)
def test_every_way_of_writing_rows_gives_the_same_sums(
    tmp_path_factory, table, separator, ending, quoting, encoding, block
):
    target = tmp_path_factory.mktemp("rows") / "data.csv"
    target.write_bytes(written(table, separator, ending, quoting, encoding))
    pairs = [(plain(v), plain(w)) for v, w, _ in table]
    groups = [g.strip() for _, _, g in table]

    found = read_counts(CsvFile(str(target), block=block), ["v", "w"])
    for at, counts in enumerate(found):
        answered = [pair[at] for pair in pairs if pair[at] is not None]
        assert dict(zip(counts.answers.values, counts.answers.counts, strict=True)) == Counter(answered)
        codes = Counter(code for row in table if (code := row[at].strip().lower()) in NOT_ANSWERED)
        assert {code: count for code, count in counts.missing.items() if count and code != "no_value"} == codes
        assert sum(counts.missing.values()) == len(table) - len(answered)

    values = defaultdict(list)
    for (v, _), g in zip(pairs, groups, strict=True):
        if v is not None and g.lower() not in MISSING:
            values[g].append(v)
    histograms = read_group_histograms(CsvFile(str(target), block=block), "v", "g")
    assert list(histograms) == sorted(values)
    for name, histogram in histograms.items():
        assert dict(zip(histogram.values, histogram.counts, strict=True)) == Counter(values[name])
    sums = read_group_sums(CsvFile(str(target), block=block), "v", "g")
    assert sums.groups == tuple(sorted(values))
    for name, n, mean, squares in zip(sums.groups, sums.n, sums.mean, sums.squares, strict=True):
        assert n == len(values[name])
        exact = math.fsum(values[name]) / n
        scale = max(abs(each) for each in values[name]) or 1
        assert mean == pytest.approx(exact, abs=1e-14 * scale * n)
        spread = math.fsum((each - exact) ** 2 for each in values[name])
        assert squares == pytest.approx(spread, rel=1e-9, abs=1e-13 * scale**2)
        if len(set(values[name])) == 1:
            assert squares == 0 and mean == values[name][0]

    items = read_item_sums(CsvFile(str(target), block=block), ["v", "w"])
    both = np.array([pair for pair in pairs if None not in pair]).reshape(-1, 2)
    assert (items.n, items.rows) == (len(both), len(table))
    assert items.missing.tolist() == [sum(pair[at] is None for pair in pairs) for at in (0, 1)]
    if len(both) > 1:
        assert items.means() == pytest.approx(both.mean(axis=0), rel=1e-9, abs=1e-9)
        scale = np.abs(both).max(axis=0)
        expected = np.cov(both.T)
        assert np.abs(items.covariances() - expected) == pytest.approx(0, abs=1e-9 * np.outer(scale, scale).max())

    names, totals, complete = read_group_totals(CsvFile(str(target), block=block), "g", ["v", "w"])
    kept = [(g, pair) for pair, g in zip(pairs, groups, strict=True) if None not in pair and g.lower() not in MISSING]
    assert names == tuple(sorted({g for g, _ in kept}))
    for name, total, n in zip(names, totals, complete, strict=True):
        mine = np.array([pair for g, pair in kept if g == name])
        assert n == len(mine)
        assert total == pytest.approx(mine.sum(axis=0), rel=1e-9, abs=1e-6)


@pytest.mark.parametrize("offset", [0, 1e9])
def test_numbers_far_from_zero_keep_the_digits_of_their_spread(path, offset):
    rng = np.random.default_rng(5)
    values = offset + np.sort(rng.normal(0, 0.01, (4000, 2)), axis=0)
    groups = rng.integers(0, 7, 4000)
    body = "".join(f"{a!r},{b!r},g{g}\n" for (a, b), g in zip(values.tolist(), groups, strict=True))
    file = path("a,b,g\n" + body)
    items = read_item_sums(CsvFile(file, block=4096), ["a", "b"])
    assert items.covariances() == pytest.approx(np.cov((values - offset).T), rel=1e-9)
    sums = read_group_sums(CsvFile(file, block=4096), "a", "g")
    for at in range(7):
        mine = values[groups == at, 0] - offset
        assert sums.squares[at] == pytest.approx(((mine - mine.mean()) ** 2).sum(), rel=1e-9)


def test_items_of_whole_numbers_have_exact_sums_and_constant_items_no_variance(path):
    file = path("a,b,c\n" + "".join(f"{i % 5 + 1},0.1,{1e12 + 0.5}\n" for i in range(3000)))
    items = read_item_sums(CsvFile(file, block=2000), ["a", "b", "c"])
    assert items.origin[0] == 0 and items.sums[0] == 9000 and items.products[0, 0] == 33000
    assert items.covariances()[1:, 1:].tolist() == [[0, 0], [0, 0]]
    assert items.means().tolist() == [3.0, 0.1, 1e12 + 0.5]


def test_many_distinct_numbers_are_read_like_few(path):
    values = ["-0.000", *(repr(i / 7) for i in range(5000)), "NA", " 5.25 ", "skipped", "1e3"]
    file = path("a\n" + "\n".join(values) + "\n")
    (found,) = read_counts(CsvFile(file), ["a"])
    expected = sorted({*(i / 7 for i in range(5000)), 5.25, 1000.0})
    assert found.answers.values.tolist() == expected and str(found.answers.values[0]) == "0.0"
    assert found.missing == {"no_value": 1, **dict.fromkeys(NOT_ANSWERED, 0), "skipped": 1}


@pytest.mark.parametrize(
    "bad", ["inf", "-Infinity", "nan(1)", "-nan", "0x1F", "1_000", "2.5.1", "+", "1e101", "1e-170", "٣", "5%", "1 000"]
)
@pytest.mark.parametrize("many", [False, True])
def test_what_is_no_number_is_named_with_its_row(path, bad, many):
    before = [repr(i / 7) for i in range(3000 if many else 2)]
    sentence = refusal(path("b,a\n" + "".join(f"x,{each}\n" for each in [*before, bad, "worse"])))
    assert f"'{bad}'" in sentence and "'a'" in sentence and f"row {len(before) + 2}." in sentence


def test_a_row_has_the_number_that_a_spreadsheet_shows(path):
    file = path('\n"na\nme",a\n\n"two\nlines",1\n\n  \nx,oops\n')
    assert "row 7." in refusal(file)
    assert "3 cells in row 5 and 2" in refusal(path("b,a\n\n1,2\n\n1,2,3\n"))
    assert "1 cell in row 3 and 2" in refusal(path("b,a\n1,2\n1\n"))
    assert "row 4." in refusal(path("sep=;\nb;a\n1;2\n1;x\n"))
    assert "row 4." in refusal(path("a\n1\n\nx\n"))


def test_a_separator_is_found_in_the_header(path):
    assert column(path("a;b\n3,5;1\n4;1\n")) == {3.5: 1, 4: 1}
    assert column(path("b\ta\n1,2\t3\n")) == {3: 1}
    assert column(path("b|a\n1,2|3\n")) == {3: 1}
    assert column(path('"x;y;z",a\nq,3\n')) == {3: 1}
    assert column(path("a\n3\n")) == {3: 1}
    assert column(path("sep=;\na;b\n3;1\n")) == {3: 1}


def test_a_decimal_comma_is_read_only_between_semicolons_and_never_beside_a_point(path):
    assert column(path("a;b\n1,5;x\n2;x\n")) == {1.5: 1, 2: 1}
    assert column(path("a;b\n1.5;x\n2;x\n")) == {1.5: 1, 2: 1}
    assert "decimal mark" in refusal(path("a;b\n1,5;x\n2.5;x\n"))
    assert "1.234,5" in refusal(path("a;b\n1.234,5;x\n"))
    assert "'1,5'" in refusal(path('a,b\n"1,5",x\n'))


def test_empty_lines_are_no_rows_but_empty_cells_are(path):
    file = CsvFile(path("\r\n\r\na,b\r\n\r\n1,2\r\n,\r\n   \r\n3,4\r\n\r\n"))
    (found,) = read_counts(file, ["a"])
    assert file.rows == 3 and sum(found.missing.values()) == 1 and found.answers.n == 2


def test_the_last_row_needs_no_line_end_and_old_line_ends_are_read(path):
    assert column(path("a,b\n1,2\n3,4")) == {1: 1, 3: 1}
    assert column(path("a,b\r1,2\r3,4\r")) == {1: 1, 3: 1}
    assert column(path('a,b\n1,2\n3,"4"')) == {1: 1, 3: 1}


def test_names_are_read_in_utf_8_and_in_windows_letters(path):
    body = "é,g\n1,Zürich\n2,Zürich \n3,“x”\n"
    for encoding in ("utf-8", "cp1252", "utf-8-sig", "utf-16-le", "utf-16-be"):
        mark = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"")
        sums = read_group_sums(CsvFile(path(mark + body.encode(encoding))), "é", "g")
        assert sums.groups == ("Zürich", "“x”"), encoding
    assert read_group_sums(CsvFile(path("v,g\n1,é\n".encode("latin-1"))), "v", "g").groups == ("é",)


@pytest.mark.parametrize("rows", [1, 400_000])
@pytest.mark.parametrize("tail", [b"\x00", b"\x00\xd8", b"\x00\xd8a\x00\n\x00"])
def test_broken_utf_16_ends_with_one_sentence(path, tail, rows):
    # Cut off in the middle of a letter, of a pair of units, and a unit that has no pair.
    assert "save it as CSV in UTF-8" in refusal(path(("a\n" + "1\n" * rows).encode("utf-16") + tail))


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32"])
def test_text_in_an_encoding_that_cannot_be_told_is_refused(path, encoding):
    assert "save it as CSV in UTF-8" in refusal(path("a,b\n1,2\n".encode(encoding)))


def test_a_quote_that_is_never_closed_is_not_read_as_the_end_of_the_data(path):
    assert "never closed" in refusal(path('a,b\n1,2\n3,"4\n5,6\n'))
    assert "never closed" in refusal(path('a,b\n1,2\n"3,4\n5,6\n'))
    assert "never closed" in refusal(path('a\n1\n"3\n5\n'))
    with pytest.raises(UnusableDataError, match="never closed"):
        read_counts(CsvFile(path('a,b\n1,2\n3,"4\n' + "5,6\n" * 500), block=300), ["a"])


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"\n \n", "is empty"),
        (b"a,b\n", "no rows"),
        (b"a,b", "no rows"),
        (b"sep=;\n", "is empty"),
        (b"a,a\n1,2\n", "2 columns named 'a'"),
        (b"a , a\n1,2\n", "2 columns named 'a'"),
        (b"A,ab,zz\n1,2,3\n", "no column 'a'; near it are A, ab."),
        (b"x,y\n1,2\n", "no column 'a'; it has x, y."),
        (b"a,b\n1,2,\n", "3 cells in row 2 and 2 in its header"),
        (b"PK\x03\x04a\n1\n", "save it as CSV"),
        (b"\x00\x01\x02\x03PK\x00", "is not text"),
    ],
)
def test_unusable_files_are_refused_in_one_sentence(path, content, says):
    assert says in refusal(path(content))


def test_files_that_cannot_be_opened_are_refused_in_one_sentence(tmp_path):
    assert "No such file" in refusal(str(tmp_path / "nowhere.csv"))
    assert "directory" in refusal(str(tmp_path))
    assert "Cannot read" in refusal("nul\x00.csv")


def test_a_pipe_is_read_like_a_file(path):
    code = (
        "from analysis.csv_file import CsvFile; from analysis.csv_sums import read_counts;"
        "f = CsvFile('-', block=1000); c, = read_counts(f, ['a']); print(f.rows, c.answers.n, c.missing['no_value'])"
    )
    body = "b,a\n" + "x,3\n" * 5000 + "y,\n"
    run = subprocess.run([sys.executable, "-c", code], input=body, capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["5001", "5000", "1"]


def test_the_same_column_may_be_asked_for_twice(path):
    assert read_group_sums(CsvFile(path("a\n1\n1\n2\n")), "a", "a").n.tolist() == [2, 1]


def test_reading_tells_how_far_it_is(path):
    told = []
    file = path("a\n" + "1\n" * 10_000)
    column(file, block=1000, on_bytes=lambda done, size: told.append((done, size)))
    assert told == sorted(told) and told[-1][1] == 20_002 and told[-1][0] >= 20_000
