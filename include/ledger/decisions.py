"""What people decided about single records: recorded, standing until another decision on the same topic (rules 2.8).

A decision changes nothing by itself: the next plan is made from the state *and* the standing decisions. Nothing is
ever deleted here; a decision that was replaced or taken back stays on record with the time and the reason.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from include.ledger.tables import decisions, of, scoped
from include.records import Scope, System


class Verb(StrEnum):
    """What may be decided; `TOPICS` says which of them replace each other."""

    LINK = "link"
    UNLINK = "unlink"
    CREATE_AGAIN = "create_again"
    NEVER_CREATE = "never_create"
    EXCLUDE = "exclude"
    BILL_TO = "bill_to"
    PUSH = "push"
    PUSH_AGAIN = "push_again"
    FIRST_OPEN_DAY = "first_open_day"
    NEVER = "never"
    ELSEWHERE = "elsewhere"
    UNDONE = "undone"
    BILL_DIFFERENCE = "bill_difference"
    VOID = "void"
    REOPEN = "reopen"
    ACCEPT = "accept"
    NOTE = "note"
    SIGN_OFF = "sign_off"
    RESTORED = "restored"


IDENTITY = "identity"
TOPICS: Mapping[Verb, str] = {
    **dict.fromkeys((Verb.LINK, Verb.UNLINK, Verb.CREATE_AGAIN, Verb.NEVER_CREATE, Verb.EXCLUDE), IDENTITY),
    **dict.fromkeys((Verb.PUSH, Verb.PUSH_AGAIN, Verb.FIRST_OPEN_DAY, Verb.NEVER), IDENTITY),
    **dict.fromkeys((Verb.ELSEWHERE, Verb.UNDONE), IDENTITY),
    Verb.BILL_DIFFERENCE: "difference",
}
"""Verbs of one topic replace each other; a verb that is not named here is a topic of its own."""
AGAIN = (Verb.CREATE_AGAIN, Verb.PUSH_AGAIN)
"""Decisions that let the same record be written a second time: each raises its generation (protocol 3.2)."""

UNPLANNED = (Verb.NOTE, Verb.SIGN_OFF, Verb.RESTORED)
"""Decisions that change no plan."""

REPLACED = "replaced"
"""Why a decision ended in whose place another stands."""

Subject = tuple[str, str, str]
"""Entity, system and id of the record that was decided about. A month has no system, a side no id."""
SIDE, MONTH = "side", "month"


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision. `reason` is the code of the hold or exception it is about, empty otherwise.

    `facts` is what was true when it was made, as JSON values (money as text): an accepted exception stays quiet only
    while its facts are these. `decided_by` is a person's name or login.
    """

    verb: Verb
    entity: str
    system: str
    record_id: str
    decided_by: str
    decided_at: dt.datetime
    target_id: str = ""
    reason: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""

    @property
    def subject(self) -> Subject:
        """The record it is about."""
        return (self.entity, self.system, self.record_id)

    @property
    def topic(self) -> str:
        """What it decides: one decision per record and topic stands."""
        topic = TOPICS.get(self.verb, self.verb.value)
        return f"{topic}:{self.reason}" if self.reason else topic


@dataclass(frozen=True, slots=True)
class Decisions:
    """The standing decisions of a company, looked up by record and topic."""

    standing: Mapping[tuple[Subject, str], Decision] = field(default_factory=dict)
    generations: Mapping[Subject, int] = field(default_factory=dict)

    @classmethod
    def of(cls, made: Iterable[Decision], generations: Mapping[Subject, int] | None = None) -> Decisions:
        """Standing decisions; where two are about the same, the later one counts."""
        return cls({(one.subject, one.topic): one for one in made}, dict(generations or {}))

    def with_(self, decision: Decision) -> Decisions:
        """As it would be after one more decision: what a preview is made from."""
        raised = Counter(self.generations) + Counter([decision.subject] if decision.verb in AGAIN else [])
        return Decisions({**self.standing, (decision.subject, decision.topic): decision}, raised)

    def identity(self, entity: str, system: str, record_id: str) -> Decision | None:
        """What was decided about who a record is, or whether it goes out."""
        return self.about(IDENTITY, entity, system, record_id)

    def about(self, topic: str, entity: str, system: str, record_id: str) -> Decision | None:
        """The standing decision on a topic."""
        return self.standing.get(((entity, system, record_id), topic))

    def accepted(self, reason: str, entity: str, system: str, record_id: str, facts: Mapping[str, Any]) -> bool:
        """Whether a person accepted this exception or hold with exactly these facts."""
        found = self.about(f"{Verb.ACCEPT}:{reason}", entity, system, record_id)
        return found is not None and dict(found.facts) == dict(facts)

    def generation(self, entity: str, system: str, record_id: str) -> int:
        """How often a person let the record be written again."""
        return self.generations.get((entity, system, record_id), 0)

    @property
    def digest(self) -> str:
        """Changes when a decision that plans depend on is made or ends: what a run that planned with them remembers."""
        counting = {key: one for key, one in self.standing.items() if one.verb not in UNPLANNED}
        made = sorted((*key[0], key[1], one.verb, one.target_id, one.decided_at) for key, one in counting.items())
        return hashlib.sha256(repr([made, sorted(self.generations.items())]).encode()).hexdigest()[:16]

    def without(self, decision: Decision) -> Decisions:
        """As it would be once a standing decision is taken back."""
        rest = {key: one for key, one in self.standing.items() if key != (decision.subject, decision.topic)}
        return Decisions(rest, self.generations)

    def with_verb(self, verb: Verb) -> list[Decision]:
        """All standing decisions of a verb."""
        return [one for one in self.standing.values() if one.verb is verb]


def record(conn: Connection, scope: Scope, decision: Decision) -> None:
    """Let it stand from now on; the one it replaces ends."""
    end(conn, scope, decision.topic, decision.subject, REPLACED, decision.decided_at)
    values = {name: getattr(decision, name) for name in _PLAIN}
    values |= {"verb": decision.verb.value, "topic": decision.topic, "facts": dict(decision.facts)}
    conn.execute(insert(decisions).values(**scoped(scope, **values)))


def end(conn: Connection, scope: Scope, topic: str, subject: Subject, why: str, at: dt.datetime) -> bool:
    """End the standing decision on a topic; False if there is none."""
    entity, system, record_id = subject
    where = (
        of(decisions, scope),
        decisions.c.topic == topic,
        decisions.c.entity == entity,
        decisions.c.system == system,
        decisions.c.record_id == record_id,
        decisions.c.ended_at.is_(None),
    )
    return bool(conn.execute(update(decisions).where(*where).values(ended_at=at, ended_why=why)).rowcount)


def standing(conn: Connection, scope: Scope) -> Decisions:
    """Everything that stands, with how often each record was let go again."""
    rows = list(conn.execute(select(decisions).where(of(decisions, scope)).order_by(decisions.c.id)))
    again = Counter((row.entity, row.system, row.record_id) for row in rows if row.verb in AGAIN)
    return Decisions.of((_decision(row) for row in rows if row.ended_at is None), again)


def since(conn: Connection, scope: Scope, at: dt.datetime, *, but_for: Iterable[Verb] = ()) -> frozenset[Subject]:
    """Every record that a person decided about since then, `but_for` these verbs, or took a decision back; as subject
    or as target."""
    made = (decisions.c.decided_at >= at) & decisions.c.verb.not_in([*UNPLANNED, *but_for])
    taken_back = (decisions.c.ended_at >= at) & (decisions.c.ended_why != REPLACED)
    found: set[Subject] = set()
    for row in conn.execute(select(decisions).where(of(decisions, scope), made | taken_back)):
        found |= {(row.entity, row.system, row.record_id)}
        found |= {(row.entity, system.value, row.target_id) for system in System if system.value != row.system}
    return frozenset(found)


def history(conn: Connection, scope: Scope) -> list[tuple[Decision, dt.datetime | None, str]]:
    """Every decision ever made, oldest first, with when and why it ended (None and empty while it stands)."""
    rows = conn.execute(select(decisions).where(of(decisions, scope)).order_by(decisions.c.id))
    return [(_decision(row), row.ended_at, row.ended_why) for row in rows]


_PLAIN = ("entity", "system", "record_id", "target_id", "note", "decided_by", "decided_at")


def _decision(row: Row[Any]) -> Decision:
    plain = {name: getattr(row, name) for name in _PLAIN}
    reason = row.topic.partition(":")[2]
    return Decision(verb=Verb(row.verb), reason=reason, facts=row.facts, **plain)
