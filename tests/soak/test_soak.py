"""The soak's short form; ten seeds of the long one with COMPATI_NIGHTLY=1."""

import os
import subprocess
import sys

import pytest

NIGHTLY = bool(os.environ.get("COMPATI_NIGHTLY"))


# A process of its own: the workers are forked off one that looks as this one does, and a test of a page leaves its
# script behind as the main module.
@pytest.mark.parametrize("seed", range(1, 11) if NIGHTLY else [1])
def test_each_answer_stands_in_the_sheet_exactly_once_whatever_happens(seed):
    command = [sys.executable, "-m", "tests.soak", "--seed", str(seed), *([] if NIGHTLY else ["--short"])]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
