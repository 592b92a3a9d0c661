"""What the server does when it starts: it says in one sentence why it cannot, and has the settings that matter."""

import json
import os
import subprocess
import sys

import pytest
from sqlalchemy import update
from streamlit import config

from survey.store.schema import instrument_part
from tests.samples import response
from tests.server_process import ROOT, ServerProcess


def refusal(process):
    """What a server that cannot start says."""
    with pytest.raises(RuntimeError, match="ended at once") as caught:
        process.start()
    text = str(caught.value)
    assert "Traceback" not in text
    return text


def test_a_changed_instrument_stops_it(tmp_path, catalogue):
    process = ServerProcess(tmp_path)
    process.prepare()
    store = process.open_store()
    store.submit(response(catalogue), "{}").result(timeout=30)
    with store.writing() as connection:
        connection.execute(update(instrument_part).values(fingerprint="of another file"))
    store.close()
    text = refusal(process)
    assert "Compati cannot start: Instrument compassion-5 2019 was changed" in text


def test_a_wrong_setting_stops_it(tmp_path):
    assert "Compati cannot start: Setting small_group" in refusal(ServerProcess(tmp_path, COMPATI_SMALL_GROUP="2"))


def test_a_store_out_of_reach_stops_it(tmp_path):
    nowhere = "postgresql+psycopg://nobody@127.0.0.1:1/none"
    assert "Compati cannot start: The store is out of reach" in refusal(ServerProcess(tmp_path, DATABASE_URL=nowhere))


def test_the_hidden_option_that_spares_seconds_is_known_and_set():
    config.get_config_options(force_reparse=True, options_from_flags={})
    assert (ROOT / ".streamlit" / "config.toml").exists()
    assert config.get_option("runner.postScriptGC") is False
    assert config.get_option("server.disconnectedSessionTTL") == 20
    assert config.get_option("client.showErrorDetails") == "none"


@pytest.mark.parametrize("first", ["analysis.nested", "pages.components.services"])
def test_linear_algebra_takes_one_thread(first):
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    code = f"import {first}, scipy.optimize, json, threadpoolctl as t; print(json.dumps(t.threadpool_info()))"
    command = [sys.executable, "-c", code]
    told = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout
    pools = [each for each in json.loads(told.splitlines()[-1]) if each["user_api"] == "blas"]
    assert len(pools) == 2, "numpy's and scipy's"
    assert [each["num_threads"] for each in pools] == [1, 1]
