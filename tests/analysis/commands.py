"""Runs `python -m analysis` in this process, and writes the files it reads."""

import json

from typer.testing import CliRunner

from analysis.__main__ import app

runner = CliRunner()


def run(*arguments, data=None):
    return runner.invoke(app, [str(each) for each in arguments], input=data)


def answer(*arguments, data=None):
    """The JSON object that a command prints."""
    result = run(*arguments, "--json", data=data)
    assert result.exit_code == 0, result.stderr
    assert result.stderr == "" and result.stdout.count("\n") == 1

    def refuse(constant):
        raise AssertionError(f"{constant} is no JSON")

    return json.loads(result.stdout, parse_constant=refuse)


def refusal(*arguments, data=None):
    """The one sentence that a command ends with."""
    result = run(*arguments, data=data)
    assert result.exit_code == 2, (result.stdout, result.stderr)
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1 and result.stderr.startswith("Error: ") and result.stderr.endswith(".\n")
    return result.stderr
