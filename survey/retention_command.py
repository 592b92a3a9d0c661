"""`python -m survey retention`: delete what is past the time for which this installation keeps it."""

from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from survey.command_line import AsJson, actor, open_store, show
from survey.settings import RetentionSettings, Settings
from survey.store import Store, StoreError
from survey.store.audit import record_audit
from survey.store.erasure_list import erase_for_good
from survey.store.retention import Retention, count_overdue, delete_overdue_texts, list_overdue_responses


def retention(
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without this it only counts.")] = False,
    as_json: AsJson = False,
) -> None:
    """Delete comments, payloads kept aside and responses that are older than `[retention]` in the settings says."""
    with open_store() as (store, settings):
        policy = policy_of(settings.retention)
        today = datetime.now(UTC).date()
        with store.reading() as connection:
            overdue = count_overdue(connection, policy, today)
        if yes:
            with store.writing() as connection:
                delete_overdue_texts(connection, policy, today)
                record_audit(
                    connection,
                    actor=actor(),
                    action="apply retention",
                    subject="store",
                    detail=f"{overdue.comments} comments, {overdue.conflicts} payloads, {overdue.responses} responses",
                )
            _erase_overdue(store, settings, policy, today, overdue.responses)
    show({("deleted" if yes else "overdue"): asdict(overdue)} if as_json else asdict(overdue), as_json)
    if not yes and any(asdict(overdue).values()):
        typer.echo("Nothing was deleted: repeat with --yes.", err=True)


def policy_of(settings: RetentionSettings) -> Retention:
    """The policy in the settings; raises StoreError where they have none."""
    policy = Retention(settings.comments_months, settings.conflicts_months, settings.responses_months)
    if policy == Retention():
        raise StoreError("Everything is kept for ever: say under [retention] what is not, see docs/operations.md.")
    return policy


def _erase_overdue(store: Store, settings: Settings, policy: Retention, today: date, count: int) -> None:
    """Erase in many small transactions: devices that send meanwhile wait for one of them only."""
    with Progress(console=Console(stderr=True), disable=not Console(stderr=True).is_terminal) as progress:
        task = progress.add_task("responses", total=count)
        while True:
            with store.writing() as connection:
                ids = list_overdue_responses(connection, policy, today)
                if not ids:
                    return
                erase_for_good(connection, ids, store.catalogue, settings.erasures)
            progress.advance(task, len(ids))
