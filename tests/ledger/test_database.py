"""Opening, migrating and transactions, on both databases."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import insert, inspect, select, text, update
from sqlalchemy.exc import IntegrityError

from include.errors import LedgerNotReady
from include.ledger import marks
from include.ledger.database import Ledger, head, migrate
from include.ledger.tables import findings, metadata, scoped
from include.ledger.tables import marks as marks_table
from include.records import System
from tests.ledger.racing import ROOT, race
from tests.ledger.samples import NOON, SCOPE, after


def test_migrating_makes_exactly_the_tables_of_this_version(empty_url: str) -> None:
    assert migrate(empty_url) == head()
    ledger = Ledger.open(empty_url)
    with ledger.reading() as conn:
        assert compare_metadata(MigrationContext.configure(conn), metadata) == []
    ledger.close()


def test_migrating_again_changes_nothing(ledger_url: str) -> None:
    ledger = Ledger.open(ledger_url)
    with ledger.writing() as conn:
        marks.move(conn, SCOPE, System.SYNCTA, "invoice", NOON)
    assert migrate(ledger_url) == head()
    with ledger.reading() as conn:
        assert marks.get(conn, SCOPE, System.SYNCTA, "invoice") == NOON
    ledger.close()


def test_four_processes_that_migrate_at_once_all_succeed(empty_url: str) -> None:
    assert race("migrate", empty_url) == [head()] * 4
    Ledger.open(empty_url).close()


def test_a_migration_that_fails_leaves_nothing_behind(empty_url: str) -> None:
    ledger = _with_a_table_in_the_way(empty_url)
    with pytest.raises(LedgerNotReady, match="cannot be migrated"):
        migrate(empty_url)
    with ledger.reading() as conn:
        assert inspect(conn).get_table_names() == ["tokens"]
    ledger.close()


def _with_a_table_in_the_way(url: str) -> Ledger:
    migrate(url)
    ledger = Ledger.open(url)
    with ledger.writing() as conn:
        metadata.drop_all(conn)
        conn.execute(text("DROP TABLE alembic_version"))
        conn.execute(text("CREATE TABLE tokens (id INTEGER)"))
    return ledger


def test_a_ledger_that_does_not_exist_is_not_created_by_opening_it(tmp_path: Path) -> None:
    file = tmp_path / "folder" / "ledger.sqlite"
    with pytest.raises(LedgerNotReady, match=r"does not exist yet.*python -m include.ledger migrate"):
        Ledger.open(f"sqlite:///{file}")
    assert not file.parent.exists()


def test_a_database_without_tables_says_which_command_to_run(postgres_url: str) -> None:
    with pytest.raises(LedgerNotReady, match=r"no tables yet.*python -m include.ledger migrate"):
        Ledger.open(postgres_url)


def test_a_ledger_of_another_version_is_neither_opened_nor_migrated(ledger_url: str) -> None:
    ledger = Ledger.open(ledger_url)
    with ledger.writing() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    ledger.close()
    with pytest.raises(LedgerNotReady, match=f"version 9999, not {head()}"):
        Ledger.open(ledger_url)
    with pytest.raises(LedgerNotReady, match="another version of this project"):
        migrate(ledger_url)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    file = tmp_path / "ledger.sqlite"
    file.write_text("not a database at all, but long enough to be taken for a header " * 20)
    with pytest.raises(LedgerNotReady, match=r"ledger\.sqlite cannot be opened"):
        Ledger.open(f"sqlite:///{file}")


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "not a database URL"),
        ("ledger.sqlite", "not a database URL"),
        ("postgresql://user:hush@host:port/db", "not a database URL"),
        ("mysql://user:hush@host/db", "SQLite or PostgreSQL"),
        ("sqlite://", "needs a file"),
        ("sqlite:///:memory:", "needs a file"),
    ],
)
def test_an_address_that_cannot_be_a_ledger_is_refused(url: str, says: str) -> None:
    for use in (Ledger.open, migrate):
        with pytest.raises(LedgerNotReady, match=says) as refusal:
            use(url)
        assert "hush" not in str(refusal.value)


@pytest.mark.parametrize(
    "form",
    [
        "postgresql://user:hush-hush@127.0.0.1:{port}/books",
        "postgresql://user:hush@hush@127.0.0.1:{port}/books",
        "postgresql://user:hu@hush/hush@127.0.0.1:{port}/books",
        "postgresql://127.0.0.1:{port}/books?user=user&password=hush",
    ],
)
def test_a_password_is_never_shown_when_the_server_cannot_be_reached(form: str) -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        url = form.format(port=unheard.getsockname()[1])
        for use in (Ledger.open, migrate):
            with pytest.raises(LedgerNotReady, match="books") as refusal:
                use(url)
            assert "hush" not in f"{refusal.value} {refusal.value.__cause__} {refusal.value.__suppress_context__}"


def test_a_transaction_that_raises_leaves_nothing(ledger: Ledger) -> None:
    def half_a_job() -> None:
        with ledger.writing() as conn:
            marks.move(conn, SCOPE, System.SYNCTA, "invoice", NOON)
            raise LookupError

    with pytest.raises(LookupError):
        half_a_job()
    with ledger.reading() as conn:
        assert marks.get(conn, SCOPE, System.SYNCTA, "invoice") is None


def test_a_reader_sees_one_state_while_others_write(ledger: Ledger) -> None:
    with ledger.reading() as reader:
        before = marks.get(reader, SCOPE, System.SYNCTA, "invoice")
        with ledger.writing() as conn:
            marks.move(conn, SCOPE, System.SYNCTA, "invoice", NOON)
        assert marks.get(reader, SCOPE, System.SYNCTA, "invoice") == before
    with ledger.reading() as reader:
        assert marks.get(reader, SCOPE, System.SYNCTA, "invoice") == NOON


def test_times_come_back_aware_and_in_utc_and_naive_ones_are_refused(ledger: Ledger) -> None:
    import datetime as dt

    pacific = NOON.astimezone(dt.timezone(dt.timedelta(hours=-8))).replace(microsecond=123456)
    with ledger.writing() as conn:
        marks.move(conn, SCOPE, System.SYNCTA, "invoice", pacific)
        found = marks.get(conn, SCOPE, System.SYNCTA, "invoice")
        assert found == pacific
        assert found.tzinfo is dt.UTC
        with pytest.raises(Exception, match="aware times only"):
            marks.move(conn, SCOPE, System.SYNCTA, "customer", NOON.replace(tzinfo=None))


def test_an_error_of_the_database_carries_no_value_of_a_row(ledger: Ledger) -> None:
    row = scoped(SCOPE, kind=None, entity="customer", system="syncta", record_id="1", reason="no_name", run_id="r")
    with pytest.raises(IntegrityError) as error, ledger.writing() as conn:
        conn.execute(insert(findings).values(**row, text="Nick Brown", first_seen=NOON, last_seen=after(1)))
    assert "Nick Brown" not in f"{error.value} {error.value.orig}"


def test_a_write_may_follow_a_read_however_many_write_at_once(ledger_url: str) -> None:
    """protocol 3.9"""
    race("move_mark", ledger_url, "25")
    ledger = Ledger.open(ledger_url)
    with ledger.reading() as conn:
        assert marks.get(conn, SCOPE, System.SYNCTA, "invoice") == after(24 * 10 + 3)
    ledger.close()


def test_sqlite_keeps_what_is_committed_through_a_power_cut(migrated_file: Path) -> None:
    ledger = Ledger.open(f"sqlite:///{migrated_file}")
    with ledger.reading() as conn:
        found = [
            conn.execute(text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert found == ["wal", 2, 1]


def test_every_row_carries_company_realm_and_environment() -> None:
    """rules 1.2"""
    for table in metadata.tables.values():
        assert [table.c[name].nullable for name in ("company", "realm", "environment")] == [False] * 3


def test_the_command_migrates_and_checks(empty_url: str) -> None:
    failed = _command("check", empty_url)
    assert (failed.returncode, failed.stdout) == (1, "")
    assert "python -m include.ledger migrate" in failed.stderr
    assert failed.stderr.count("\n") == 1
    assert _command("migrate", empty_url).stdout == f"The ledger's tables are at version {head()}.\n"
    assert _command("check", empty_url).stdout == "The ledger is ready.\n"


def _command(what: str, url: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "SYNC_LEDGER_URL": url}
    command = [sys.executable, "-m", "include.ledger", what]
    return subprocess.run(command, cwd=ROOT, env=environment, text=True, capture_output=True, timeout=60)


def test_a_guarded_change_needs_no_second_look(ledger: Ledger) -> None:
    with ledger.writing() as conn:
        marks.move(conn, SCOPE, System.SYNCTA, "invoice", after(5))
        conn.execute(update(marks_table).values(reached=after(9)))
        marks.move(conn, SCOPE, System.SYNCTA, "invoice", after(7))
        assert conn.execute(select(marks_table.c.reached)).scalar_one() == after(9)
