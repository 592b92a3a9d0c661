import csv

import pytest

from survey.own_phone import AddressError, enrolment_address, link_table, visit_address

SERVER = "https://compati.example.org"


@pytest.mark.parametrize("server", [SERVER, f"{SERVER}/", "http://10.0.0.7:8501", " https://[::1]:8501 "])
def test_what_is_opened_carries_its_token_behind_the_hash_only(server):
    address = visit_address(server, "visit_a-b_C")
    before, _, behind = address.partition("#")
    assert before == server.strip().rstrip("/") + "/kiosk/"
    assert behind == "visit=visit_a-b_C"
    assert enrolment_address(server, "7K3M-Q9TD").endswith("/kiosk/#enrol=7K3M-Q9TD")


@pytest.mark.parametrize(
    "server",
    [
        "", "compati.example.org", "ftp://compati.example.org", "https://", f"{SERVER}/kiosk", f"{SERVER}?a=1",
        f"{SERVER}#x", "https://user:word@host", "https://a b", "https://host:99999", "https://hést", "https://a\nb",
    ],
)  # fmt: skip
def test_an_address_that_no_phone_could_open_is_refused(server):
    with pytest.raises(AddressError, match="no server's address"):
        visit_address(server, "token")


def test_links_are_a_table_with_their_last_day():
    rows = list(csv.DictReader(link_table(SERVER, ["visit_1", "visit_2"], 86_400 * 20).decode().splitlines()))
    assert [row["link"] for row in rows] == [f"{SERVER}/kiosk/#visit=visit_{number}" for number in (1, 2)]
    assert {row["expires"] for row in rows} == {"1970-01-21"}
