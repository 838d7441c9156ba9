"""One writer per company and system at a time, also after a crash (protocol 3.1).

A lease is taken, renewed and given back by compare-and-set, by the ledger's own clock. Its fencing number rises each
time it changes hands, so that a run which was thought dead cannot record anything under a lease it has lost.
"""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, Update, insert, select, update
from sqlalchemy.exc import IntegrityError, OperationalError

from include.errors import CompanyIsBusy
from include.ledger.database import Ledger, clock, locking
from include.ledger.tables import leases, of, scoped
from include.records import Scope

TTL = dt.timedelta(seconds=120)
POLL_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease that was taken."""

    scope: Scope
    name: str
    owner: str
    fence: int


def take(ledger: Ledger, scope: Scope, name: str, owner: str, *, ttl: dt.timedelta = TTL, wait: float = 0) -> Lease:
    """Take the lease; `wait` is how many seconds to wait for it. `CompanyIsBusy` if another owner holds it."""
    until = time.monotonic() + wait
    while True:
        lease = _try(ledger, scope, name, owner, ttl)
        if lease:
            return lease
        if time.monotonic() >= until:
            raise CompanyIsBusy(
                f"Another run of {scope.company} holds the lease on {name}; this one tries again later."
            )
        time.sleep(POLL_SECONDS)


def renew(ledger: Ledger, lease: Lease, *, ttl: dt.timedelta = TTL) -> bool:
    """Hold it for longer; False if it went to another owner."""
    with ledger.writing() as conn:
        return bool(conn.execute(_mine(lease).values(expires_at=clock(conn) + ttl)).rowcount)


def release(ledger: Ledger, lease: Lease) -> None:
    """Give it back; nothing happens if it went to another owner."""
    with ledger.writing() as conn:
        conn.execute(_mine(lease).values(expires_at=clock(conn), owner=""))


def held(conn: Connection, scope: Scope, name: str, fence: int) -> bool:
    """Whether the lease is still the one with this number; in a writing transaction it stays so until the commit."""
    statement = select(leases.c.fence).where(of(leases, scope), leases.c.name == name)
    return conn.execute(locking(conn, statement)).scalar_one_or_none() == fence


def check(conn: Connection, lease: Lease) -> None:
    """In a writing transaction: nobody else writes until the commit. `CompanyIsBusy` if the lease is another's."""
    if not held(conn, lease.scope, lease.name, lease.fence):
        raise CompanyIsBusy("Another run took over this company's lease.")


@contextmanager
def holding(
    ledger: Ledger, scope: Scope, name: str, owner: str, *, ttl: dt.timedelta = TTL, wait: float = 0
) -> Iterator[Lease]:
    """The lease for as long as the block runs, renewed in the background; `wait` as in `take`."""
    lease = take(ledger, scope, name, owner, ttl=ttl, wait=wait)
    try:
        with renewing(lambda: renew(ledger, lease, ttl=ttl), every=ttl / 3):
            yield lease
    finally:
        release(ledger, lease)


@contextmanager
def renewing(renew_once: Callable[[], bool], *, every: dt.timedelta) -> Iterator[None]:
    """Renew in the background while the block runs, until it is told that there is nothing left to renew."""
    stop = threading.Event()

    def keep() -> None:
        while not stop.wait(every.total_seconds()):
            try:
                if not renew_once():
                    return
            except OperationalError:
                continue  # a busy ledger; the next turn may work, and the fence protects meanwhile

    keeper = threading.Thread(target=keep, daemon=True)
    keeper.start()
    try:
        yield
    finally:
        stop.set()
        keeper.join()


def _try(ledger: Ledger, scope: Scope, name: str, owner: str, ttl: dt.timedelta) -> Lease | None:
    try:
        with ledger.writing() as conn:
            now = clock(conn)
            where = (of(leases, scope), leases.c.name == name)
            row = conn.execute(locking(conn, select(leases).where(*where))).one_or_none()
            if row is None:
                conn.execute(
                    insert(leases).values(**scoped(scope, name=name, owner=owner, fence=1, expires_at=now + ttl))
                )
                return Lease(scope, name, owner, 1)
            if row.expires_at > now:
                return None
            values = {"owner": owner, "fence": row.fence + 1, "expires_at": now + ttl}
            conn.execute(update(leases).where(*where).values(**values))
            return Lease(scope, name, owner, row.fence + 1)
    except IntegrityError:
        return None  # somebody else made the row first


def _mine(lease: Lease) -> Update:
    where = (of(leases, lease.scope), leases.c.name == lease.name, leases.c.fence == lease.fence)
    return update(leases).where(*where, leases.c.owner == lease.owner)
