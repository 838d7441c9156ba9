"""Plain requests to a running Syncta, and records to begin with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from jsonschema import Draft202012Validator, FormatChecker
from requests import Response
from ruamel.yaml import YAML

from include.sandbox.store import Store
from include.sandbox.syncta.app import API_KEY, syncta_app
from include.sandbox.syncta.calls import CONTRACT
from tests.sandbox_server import served

DOCUMENT = YAML(typ="safe").load(CONTRACT)
LINE = {"description": "Work", "quantity": "1", "unit_price": "10.00", "line_total": "10.00"}


class Service:
    """One Syncta over HTTP; safe for several threads."""

    def __init__(self, url: str, store: Store) -> None:
        self.url, self.store = url, store

    def call(self, method: str, path: str, **options: Any) -> Response:
        """A request below /v1/, with the key unless other headers say otherwise."""
        headers = {"Authorization": f"Bearer {API_KEY}", **options.pop("headers", {})}
        return requests.request(method, f"{self.url}/v1/{path}", headers=headers, timeout=30, **options)

    def by_hand(self, method: str, path: str, body: Any = None) -> Response:
        """What a user does."""
        return requests.request(method, f"{self.url}/sandbox/{path}", json=body, timeout=30)

    def customer(self, name: str = "Ann Lee", **fields: Any) -> dict[str, Any]:
        """A new customer."""
        answer = self.call("POST", "customers", json={"name": name, **fields})
        assert answer.status_code == 201, answer.text
        return keeps(answer, "Customer")

    def invoice(self, customer: str, **fields: Any) -> dict[str, Any]:
        """A new invoice of 10.00, typed in by a user."""
        body = {"number": "1", "customer_id": customer, "invoice_date": "2026-10-15", "lines": [LINE], **fields}
        answer = self.by_hand("POST", "invoices", body)
        assert answer.status_code == 200, answer.text
        return keeps(answer, "Invoice")

    def read(self, record: dict[str, Any]) -> dict[str, Any]:
        """A customer or an invoice as it is now."""
        kind = "invoices" if "number" in record else "customers"
        return keeps(self.call("GET", f"{kind}/{record['id']}"), "Invoice" if "number" in record else "Customer")


@contextmanager
def syncta(store: Store) -> Iterator[Service]:
    """Syncta served from a thread."""
    with served(syncta_app(store)) as url:
        yield Service(url, store)


def keeps(answer: Response, schema: str) -> dict[str, Any]:
    """The body, which must be what the schema of that name says, and nothing that it does not say."""
    body: dict[str, Any] = answer.json()
    reference = {"$ref": f"#/components/schemas/{schema}", "components": DOCUMENT["components"]}
    errors = list(Draft202012Validator(reference, format_checker=FormatChecker()).iter_errors(body))
    assert errors == [], errors[0].message
    assert set(body) <= set(DOCUMENT["components"]["schemas"][schema]["properties"])
    return body
