"""Protocol 3.1: one writer per company and system, on both databases, whatever the machines' clocks say."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from sqlalchemy import func, select, update

from include.errors import CompanyIsBusy
from include.ledger import database, leases, outbox
from include.ledger.database import Ledger
from include.ledger.outbox import FenceLost, Intent
from include.ledger.tables import leases as table
from include.records import Entity, System
from tests.ledger.racing import race
from tests.ledger.samples import NOON, OTHERS, SCOPE

SYNCTA = System.SYNCTA.value
HOUR = dt.timedelta(hours=1)


def run_out(ledger: Ledger) -> None:
    """The holder is gone and has not renewed for long."""
    with ledger.writing() as conn:
        conn.execute(update(table).values(expires_at=NOON - 300 * 24 * HOUR))


def test_3_1_a_lease_has_one_holder_until_it_is_given_back(ledger: Ledger) -> None:
    first = leases.take(ledger, SCOPE, SYNCTA, "one")
    with pytest.raises(CompanyIsBusy):
        leases.take(ledger, SCOPE, SYNCTA, "two")
    leases.release(ledger, first)
    assert leases.take(ledger, SCOPE, SYNCTA, "two").fence == first.fence + 1


def test_3_1_not_even_another_try_of_the_same_task_gets_it(ledger: Ledger) -> None:
    """After a scheduler was killed, try 2 may run beside try 1; both may even call themselves the same."""
    leases.take(ledger, SCOPE, SYNCTA, "sync.demo/run/1")
    for owner in ("sync.demo/run/1", "sync.demo/run/2"):
        with pytest.raises(CompanyIsBusy):
            leases.take(ledger, SCOPE, SYNCTA, owner)


def test_3_1_other_systems_and_other_companies_have_leases_of_their_own(ledger: Ledger) -> None:
    leases.take(ledger, SCOPE, SYNCTA, "one")
    leases.take(ledger, SCOPE, System.QUICKBOOKS.value, "one")
    for scope in OTHERS:
        leases.take(ledger, scope, SYNCTA, "one")


def test_3_1_a_lease_that_was_not_renewed_is_taken_over_and_its_holder_can_do_nothing_more(ledger: Ledger) -> None:
    dead = leases.take(ledger, SCOPE, SYNCTA, "dead")
    run_out(ledger)
    heir = leases.take(ledger, SCOPE, SYNCTA, "heir")
    assert not leases.renew(ledger, dead)
    leases.release(ledger, dead)
    with ledger.reading() as conn:
        assert leases.held(conn, SCOPE, SYNCTA, heir.fence)
        assert not leases.held(conn, SCOPE, SYNCTA, dead.fence)


def test_3_1_sending_and_recording_an_outcome_both_check_the_number(ledger: Ledger) -> None:
    dead = leases.take(ledger, SCOPE, SYNCTA, "dead")
    intent = Intent("k", System.SYNCTA, "create", Entity.CUSTOMER, "1", {}, "run", 0)
    with ledger.writing() as conn:
        outbox.record(conn, SCOPE, [intent])
        outbox.mark_sent(conn, SCOPE, ["k"], dead.fence, NOON)
    run_out(ledger)
    leases.take(ledger, SCOPE, SYNCTA, "heir")
    with pytest.raises(FenceLost), ledger.writing() as conn:
        outbox.finish(conn, SCOPE, "k", "done", {}, dead.fence)
    with pytest.raises(FenceLost), ledger.writing() as conn:
        outbox.mark_sent(conn, SCOPE, ["k"], dead.fence, NOON)
    with ledger.reading() as conn:
        assert outbox.by_key(conn, SCOPE, ["k"])["k"].state == "sent"


def test_3_1_while_an_outcome_is_recorded_the_lease_cannot_change_hands(ledger: Ledger) -> None:
    """The check and what follows it are one transaction: whoever takes over waits for its end."""
    mine = leases.take(ledger, SCOPE, SYNCTA, "one")
    run_out(ledger)
    taken: list[int] = []
    heir = threading.Thread(target=lambda: taken.append(leases.take(ledger, SCOPE, SYNCTA, "two", wait=30).fence))
    with ledger.writing() as conn:
        assert leases.held(conn, SCOPE, SYNCTA, mine.fence)
        heir.start()
        heir.join(timeout=0.5)
        assert taken == []
    heir.join(timeout=60)
    assert taken == [mine.fence + 1]


def test_3_1_a_holder_that_works_for_long_keeps_renewing(ledger: Ledger) -> None:
    renewed = threading.Event()
    ttl = dt.timedelta(seconds=3)
    with leases.holding(ledger, SCOPE, SYNCTA, "one", ttl=ttl):
        before = expiry(ledger)
        threading.Event().wait(1.5)
        renewed.set()
        assert expiry(ledger) > before
        with pytest.raises(CompanyIsBusy):
            leases.take(ledger, SCOPE, SYNCTA, "two")
    leases.take(ledger, SCOPE, SYNCTA, "two")


def expiry(ledger: Ledger) -> dt.datetime:
    with ledger.reading() as conn:
        return conn.execute(select(table.c.expires_at)).scalar_one()


def test_3_1_of_processes_that_ask_at_once_one_gets_it(ledger_url: str) -> None:
    answers = race("take_lease", ledger_url)
    assert sorted(answers, key=lambda fence: fence or 0) == [None, None, None, 1]
    ledger = Ledger.open(ledger_url)
    run_out(ledger)
    ledger.close()
    assert sorted(race("take_lease", ledger_url), key=lambda fence: fence or 0) == [None, None, None, 2]


@pytest.mark.parametrize("ahead", [-3 * HOUR, 3 * HOUR])
def test_g3_a_machine_whose_clock_is_wrong_takes_no_lease_that_is_held(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, ahead: dt.timedelta
) -> None:
    """SQLite is on one machine, whose clock its holder has too; PostgreSQL is asked for its own time."""
    leases.take(ledger, SCOPE, SYNCTA, "one")
    if ledger.engine.dialect.name == "postgresql":
        monkeypatch.setattr(database, "dt", shifted(ahead))
    with pytest.raises(CompanyIsBusy):
        leases.take(ledger, SCOPE, SYNCTA, "two")
    with ledger.reading() as conn:
        now = database.clock(conn)
        assert abs(now - dt.datetime.now(dt.UTC)) < HOUR
        if ledger.engine.dialect.name == "postgresql":
            assert now > conn.execute(select(func.now())).scalar_one()


def shifted(by: dt.timedelta) -> object:
    """The module `datetime` of a machine whose clock is off."""

    class Off(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:  # type: ignore[override]
            return dt.datetime.now(tz) + by

    return type("datetime", (), {"datetime": Off, "UTC": dt.UTC, "timedelta": dt.timedelta})
