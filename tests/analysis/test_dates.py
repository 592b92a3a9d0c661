import pytest

from analysis.dates import read_dates
from analysis.estimate import UnusableDataError


@pytest.mark.parametrize(
    ("texts", "dates"),
    [
        (["2024-03-31", "20240229", "2024/01/5"], ["2024-03-31", "2024-02-29", "2024-01-05"]),
        (["2024-03-31T10:15:00Z", "2024-03-31 9:00"], ["2024-03-31", "2024-03-31"]),
        (["2024-03", "2023-12"], ["2024-03", "2023-12"]),
        (["2024/1", "2024-10", "2/2024", "03_2024"], ["2024-01", "2024-10", "2024-02", "2024-03"]),
        (["2024-Q1", "2023-Q4", "2024Q2"], ["2024-Q1", "2023-Q4", "2024-Q2"]),
        (["2024-W05"], ["2024-W05"]),
        (["2024", "1999"], ["2024", "1999"]),
        (["2", "10", "007"], ["2", "10", "7"]),
        (["5.3.2024", "31.12.2023"], ["2024-03-05", "2023-12-31"]),
        (["5/3/2024", "13/3/2024"], ["2024-03-05", "2024-03-13"]),
        (["5/3/2024", "3/13/2024"], ["2024-05-03", "2024-03-13"]),
    ],
)
def test_dates_that_only_one_day_fits_are_read(texts, dates):
    assert read_dates(texts, "day") == dates


@pytest.mark.parametrize(
    ("texts", "says"),
    [
        (["5/3/2024", "6/3/2024"], "day/month or month/day"),
        (["13/3/2024", "3/13/2024"], "both orders"),
        (["3.13.2024"], "both orders"),
        (["2024-02-30"], "no calendar"),
        (["20240230"], "no calendar"),
        (["7", "2024-03-31"], "instead of a date"),
        (["2024-13"], "instead of a date"),
        (["2024-Q5"], "instead of a date"),
        (["5/3/24"], "instead of a date"),
        (["March"], "instead of a date"),
        (["2024-0331"], "instead of a date"),
        (["2024-03", "2024-03-31"], "mixes days and periods"),
    ],
)
def test_other_dates_are_refused_in_one_sentence(texts, says):
    with pytest.raises(UnusableDataError, match=says) as caught:
        read_dates(texts, "day")
    assert str(caught.value).endswith(".") and "'day'" in str(caught.value)
