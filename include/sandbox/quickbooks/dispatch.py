"""One call to one company: who may, what it is counted as, how it is answered."""

from __future__ import annotations

from typing import Any

from include.sandbox.quickbooks.call import READS, Answer, HttpCall, operation
from include.sandbox.quickbooks.engine import Books
from include.sandbox.quickbooks.gate import denied
from include.sandbox.quickbooks.oauth import Tokens
from include.sandbox.quickbooks.operations import OPERATIONS
from include.sandbox.quickbooks.refusals import Refused
from include.sandbox.quickbooks.wire import answer_time, dumps
from include.sandbox.store import Store

SYSTEM = "quickbooks"
GATEWAY: dict[str, Any] = {
    "warnings": None,
    "intuitObject": None,
    "report": None,
    "queryResponse": None,
    "batchItemResponse": [],
    "attachableResponse": [],
    "syncErrorResponse": None,
    "requestId": None,
    "status": None,
    "cdcresponse": [],
}


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
            return self._gateway(*refusal)
        try:
            name = operation(call)
            self._store.meter.call(SYSTEM, name, realm=realm)
            content = OPERATIONS[name](Books(self._store, realm, api=True), call)
        except Refused as refused:
            fault = {"Fault": refused.fault, "time": self._time()}
            return Answer(refused.status, dumps(fault))
        self._store.meter.add(SYSTEM, "money", "core_plus" if _is_metered(name, call.body) else "core", realm=realm)
        return content if isinstance(content, Answer) else Answer(200, f'{{{content},"time":"{self._time()}"}}')

    def _gateway(self, status: int, message: str, code: str, kind: str, detail: str) -> Answer:
        """The gateway's own lower-case envelope."""
        error = {
            "message": f"message={message}; errorCode=00{code}; statusCode={status}",
            "detail": detail or None,
            "code": code,
            "element": None,
        }
        millis = int(self._store.now().timestamp() * 1000)
        headers = {"www-authenticate": 'Bearer realm="Intuit", error="invalid_token"'} if status == 401 else {}
        return Answer(status, dumps({**GATEWAY, "fault": {"error": [error], "type": kind}, "time": millis}), headers)

    def _time(self) -> str:
        return answer_time(self._store.now())


def _is_metered(name: str, body: bytes) -> bool:
    """Reads are CorePlus; writes are Core, and a batch of writes alone is taken for one."""
    return name in READS or (name == "batch" and b'"Query"' in body)
