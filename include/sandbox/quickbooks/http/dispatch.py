"""One call to one company: who may, what it is counted as, how it is answered."""

from __future__ import annotations

import logging

from include.sandbox.quickbooks.catalog.company import refuse_unsubscribed
from include.sandbox.quickbooks.connect.gate import Denied, denied
from include.sandbox.quickbooks.connect.oauth import Tokens
from include.sandbox.quickbooks.engine import Books
from include.sandbox.quickbooks.http import gateway
from include.sandbox.quickbooks.http.call import READS, WRITES, Answer, HttpCall, operation
from include.sandbox.quickbooks.http.operations import OPERATIONS
from include.sandbox.quickbooks.refusals import Refused, refuse
from include.sandbox.quickbooks.wire import answer_time, dumps, month_of
from include.sandbox.store import Store

log = logging.getLogger(__name__)

SYSTEM = "quickbooks"
NEXT_MINUTE = 60.0
ASKING = ("Query", "CDCQuery")
"""What makes an item of a batch a read."""


class CompanyCalls:
    """Answers calls. Safe for several threads: the store lets one at a time write."""

    def __init__(self, store: Store, tokens: Tokens) -> None:
        self._store = store
        self._tokens = tokens

    def answer(self, call: HttpCall) -> Answer:
        """The response to one call, whatever happens."""
        realm = call.realm
        refusal = denied(self._store, self._tokens, call.headers.get("authorization", ""), realm)
        if refusal is not None:
            return self._refused_by_gateway(refusal)
        try:
            return self._answer(call, realm)
        except Refused as refused:
            return self._refused(refused)
        except Exception:  # what nobody thought of is QuickBooks' own "application error", and told where it is mended
            log.exception("%s %s was not understood", call.method, call.path)
            return self._refused(refuse("10000", why="unexpected"))

    def _answer(self, call: HttpCall, realm: str) -> Answer:
        """What the operation answers, counted and charged: only calls that succeed are."""
        name, month = operation(call), month_of(self._store.now())
        self._store.meter.call(SYSTEM, name, realm=realm)
        charge = "core_plus" if _is_metered(name, call) else "core"
        if charge == "core_plus" and self._store.limits.month_is_used_up(month):
            throttled = gateway.throttled(self._store, NEXT_MINUTE)
            return Answer(throttled.status_code, bytes(throttled.body), throttled.headers, throttled.media_type or "")
        books = Books(self._store, realm, api=True)
        if name in WRITES:
            refuse_unsubscribed(books)
        content = OPERATIONS[name](books, call)
        answer = content if isinstance(content, Answer) else Answer(200, f'{{{content},"time":"{self._time()}"}}')
        if answer.status < 400:
            self._store.meter.charge(SYSTEM, charge, month, realm=realm)
        return answer

    def _refused(self, refused: Refused) -> Answer:
        return Answer(refused.status, dumps({"Fault": refused.fault, "time": self._time()}))

    def _refused_by_gateway(self, refusal: Denied) -> Answer:
        media, body = gateway.lower(refusal, self._store.clock.shown())
        return Answer(refusal.status, body, gateway.INVALID_TOKEN if refusal.status == 401 else {}, media)

    def _time(self) -> str:
        return answer_time(self._store.clock.shown())


def _is_metered(name: str, call: HttpCall) -> bool:
    """Reads are CorePlus; writes are Core, and a batch of writes alone is taken for one."""
    items = call.peeked.get("BatchItemRequest") if name == "batch" else None
    asks = isinstance(items, list) and any(
        isinstance(item, dict) and not item.keys().isdisjoint(ASKING) for item in items
    )
    return name in READS or asks
