from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from survey.store import Store
from survey.store.connection import open_engine, write_transaction
from survey.store.migrations import __file__ as package
from survey.store.migrations import upgrade
from survey.store.schema import metadata
from tests.samples import response, small_roster


def revisions():
    config = Config()
    config.set_main_option("script_location", package.removesuffix("/__init__.py"))
    return [each.revision for each in reversed(list(ScriptDirectory.from_config(config).walk_revisions()))]


def differences(engine):
    with write_transaction(engine) as connection:
        return compare_metadata(MigrationContext.configure(connection), metadata)


def test_an_empty_database_becomes_the_schema_and_stays_so(store_url):
    engine = open_engine(store_url)
    upgrade(engine)
    assert differences(engine) == []
    upgrade(engine)
    assert differences(engine) == []
    engine.dispose()


def test_each_version_is_reached_from_the_one_before(store_url):
    engine = open_engine(store_url)
    for revision in revisions():
        upgrade(engine, revision)
        with write_transaction(engine) as connection:
            assert MigrationContext.configure(connection).get_current_revision() == revision
    assert set(metadata.tables) <= set(inspect(engine).get_table_names())
    engine.dispose()


def test_a_store_with_answers_opens_again(store_url, catalogue):
    store = Store(store_url, catalogue).open()
    small_roster(store)
    store.submit(response(catalogue), "{}").result(timeout=30)
    store.close()
    again = Store(store_url, catalogue).open()
    small_roster(again)
    assert again.submit(response(catalogue), "{}").result(timeout=30).value == "stored"
    again.close()
