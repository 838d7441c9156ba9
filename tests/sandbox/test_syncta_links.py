"""Every link that the contract states leads from a real answer to a request that is understood."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from requests import Response

from include.sandbox.store import Store
from tests.sandbox.syncta_service import DOCUMENT, Service, syncta

OPERATIONS = {
    operation["operationId"]: (method.upper(), path.removeprefix("/v1/"), operation)
    for path, shared in DOCUMENT["paths"].items()
    for method, operation in shared.items()
    if method != "parameters"
}
LINKS = [
    (name, link)
    for name, (_, _, operation) in OPERATIONS.items()
    for answer in operation["responses"].values()
    for link in answer.get("links", {})
]
NOT_UNDERSTOOD = {400, 404, 405, 413, 415, 422}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    store = Store(tmp_path_factory.mktemp("links") / "sandbox.sqlite")
    with syncta(store) as service:
        yield service
    store.close()


class Journey:
    """From one operation's answer along a link to another operation."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.path = {"id": ""}
        self.sent: dict[str, Any] = {}

    def begin(self, name: str) -> Response:
        """The operation's accepted answer, with the records that it needs."""
        one, other = self.service.customer("One"), self.service.customer("Other")
        bills = [self.service.invoice(one["id"], status="unpaid") for _ in range(2)]
        bodies = {
            "createCustomer": {"name": "New"},
            "updateCustomer": {"phone": "1"},
            "moveCustomer": {"to": other["id"]},
            "markInvoicePaid": {"date": "2026-10-20", "reference": "CHK 1"},
        }
        self.sent = bodies.get(name, {})
        if name == "deleteCustomer":
            one = other
        if name == "reopenInvoice":
            self.service.by_hand("PATCH", f"invoices/{bills[0]['id']}", {"status": "paid"})
        self.path = {"id": bills[0]["id"] if "nvoice" in name else one["id"]}
        return self._call(name, {"limit": 1} if name.startswith("list") else {}, {}, self.sent)

    def follow(self, link: dict[str, Any], answer: Response) -> Response:
        """The answer at the link's end; what the link does not say is filled in."""
        said = {name: self._value(text, answer) for name, text in link.get("parameters", {}).items()}
        body = {name: self._value(text, answer) for name, text in link.get("requestBody", {}).items()}
        target = link["operationId"]
        if "id" in said:
            self.path = {"id": said.pop("id")}
        elif target == "moveCustomer":
            self.path = {"id": self.service.customer("Loser")["id"]}
        headers = {name.removeprefix("header."): said.pop(name) for name in list(said) if name.startswith("header.")}
        needed = {
            "createCustomer": {"name": "New"},
            "updateCustomer": {"phone": "2"},
            "moveCustomer": {"to": self.service.customer("Winner")["id"]},
            "markInvoicePaid": {"date": "2026-10-20", "reference": "CHK 1"},
        }
        return self._call(target, said, headers, {**needed.get(target, {}), **body})

    def _call(self, name: str, query: dict[str, Any], headers: dict[str, str], body: dict[str, Any]) -> Response:
        method, path, _ = OPERATIONS[name]
        return self.service.call(
            method, path.format(**self.path), params=query, headers=headers, **({"json": body} if body else {})
        )

    def _value(self, expression: str, answer: Response) -> Any:
        """What a runtime expression stands for; a text that is none stands for itself."""
        where, _, pointer = expression.partition("#")
        match where.split("."):
            case ["$request", "path", name]:
                return self.path[name]
            case ["$response", "header", name]:
                return answer.headers[name]
            case ["$request" | "$response" as side, "body"]:
                found: Any = answer.json() if side == "$response" else self.sent
                for part in pointer.removeprefix("/").split("/"):
                    found = found[int(part) if part.isdecimal() else part]
                return found
        return expression


@pytest.mark.parametrize(("name", "link"), LINKS)
def test_a_link_leads_to_a_request_that_is_understood(service: Service, name: str, link: str) -> None:
    journey = Journey(service)
    answer = journey.begin(name)
    assert answer.status_code < 300, answer.text
    stated = OPERATIONS[name][2]["responses"][str(answer.status_code)]["links"][link]
    reached = journey.follow(stated, answer)
    assert reached.status_code not in NOT_UNDERSTOOD, reached.text
    assert str(reached.status_code) in OPERATIONS[stated["operationId"]][2]["responses"]
