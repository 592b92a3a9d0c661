"""`python -m survey device poster` and `device links` as an administrator calls them."""

import csv
import json
import stat

from tests.server_process import ServerProcess

SERVER = "https://compati.example.org"


def test_posters_and_links_are_made_listed_and_never_written_over(tmp_path):
    installation = ServerProcess(tmp_path, COMPATI_ADDRESS=SERVER)
    installation.prepare()
    poster, links = tmp_path / "poster.pdf", tmp_path / "links.csv"
    unit = ("--unit", "u-1", "--name", "Ward door")
    made = installation.cli("device", "poster", *unit, "--out", str(poster), "--language", "es", "--json")
    assert json.loads(made.stdout)["unit"] == "u-1", made.stderr
    assert poster.read_bytes().startswith(b"%PDF")
    made = installation.cli("device", "links", *unit, "--out", str(links), "--count", "3", "--days", "9", "--json")
    assert json.loads(made.stdout)["links"] == 3, made.stderr
    rows = list(csv.DictReader(links.open()))
    assert len({row["link"] for row in rows}) == 3
    assert all(row["link"].startswith(f"{SERVER}/kiosk/#visit=visit_") for row in rows)
    assert {stat.S_IMODE(path.stat().st_mode) for path in (poster, links)} == {0o600}
    before = links.read_bytes()
    again = installation.cli("device", "links", *unit, "--out", str(links))
    assert (again.returncode, links.read_bytes()) == (1, before)
    assert again.stderr.startswith("Error: ")
    listed = json.loads(installation.cli("device", "list", "--json").stdout)["devices"]
    assert [each["kind"] for each in listed] == ["kiosk", "poster", "letters"]


def test_what_cannot_be_made_leaves_nothing_behind(tmp_path):
    installation = ServerProcess(tmp_path)
    installation.prepare()
    unit, out = ("--unit", "u-1", "--name", "Door"), tmp_path / "made.pdf"
    for arguments, said in [
        (("poster", *unit), "give --address"),
        (("poster", *unit, "--address", "nowhere"), "no server's address"),
        (("poster", *unit, "--address", SERVER, "--language", "tlh"), "one language or more"),
        (("poster", *unit, "--address", SERVER, "--paper", "a0"), "A poster is pdf or png"),
        (("poster", "--unit", "u-9", "--name", "Door", "--address", SERVER), "not in the roster"),
        (("links", *unit, "--address", SERVER, "--count", "0"), "1 to 5000"),
        (("links", *unit), "give --address"),
    ]:
        tried = installation.cli("device", *arguments, "--out", str(out))
        assert (tried.returncode, said in tried.stderr, "Traceback" in tried.stderr) == (1, True, False), tried.stderr
        assert not out.exists()
    listed = json.loads(installation.cli("device", "list", "--json").stdout)["devices"]
    assert len(listed) == 1
