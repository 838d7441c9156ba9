"""Syncta's service keeps the contract of include/syncta/openapi.yaml."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import validate
from requests import Response
from ruamel.yaml import YAML

from tests.sandbox_server import RunningSandbox, sandbox_in_threads

CONTRACT = YAML(typ="safe").load(Path(__file__).parents[2] / "include" / "syncta" / "openapi.yaml")
LINE = {
    "product": None,
    "description": "Work",
    "quantity": "1",
    "unit_price": "10.00",
    "line_total": "10.00",
    "taxable": False,
}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    with sandbox_in_threads(tmp_path_factory.mktemp("syncta"), "seed_example") as running:
        yield running


def call(service: RunningSandbox, method: str, path: str, **options: Any) -> Response:
    key = service.credentials("syncta")["api_key"]
    headers = {"Authorization": f"Bearer {key}", **options.pop("headers", {})}
    return service.syncta(method, f"/v1/{path}", headers=headers, **options)


def keeps(answer: Response, schema: str) -> dict[str, Any]:
    """The body, which must be what the schema of that name says."""
    body: dict[str, Any] = answer.json()
    reference = {"$ref": f"#/components/schemas/{schema}", "components": CONTRACT["components"]}
    errors = list(Draft202012Validator(reference, format_checker=FormatChecker()).iter_errors(body))
    assert errors == [], errors[0].message
    return body


def new_customer(service: RunningSandbox, name: str = "Ann Lee", **fields: Any) -> dict[str, Any]:
    answer = call(service, "POST", "customers", json={"name": name, **fields})
    assert answer.status_code == 201, answer.text
    return keeps(answer, "Customer")


def new_invoice(service: RunningSandbox, customer: str, **fields: Any) -> dict[str, Any]:
    body = {"number": "1", "customer_id": customer, "invoice_date": "2026-10-15", "lines": [LINE], **fields}
    made: dict[str, Any] = service.syncta("POST", "/sandbox/invoices", json=body).json()
    return made


def test_the_contract_itself_is_a_valid_openapi_document() -> None:
    validate(CONTRACT)


@pytest.mark.parametrize(
    ("path", "schema"),
    [("account", "Account"), ("changes", "Changes"), ("customers", "CustomerPage"), ("invoices", "InvoicePage")],
)
def test_every_list_is_as_the_contract_says(service: RunningSandbox, path: str, schema: str) -> None:
    keeps(call(service, "GET", path), schema)


def test_records_carry_their_version_and_the_servers_clock(service: RunningSandbox) -> None:
    made = new_customer(service)
    answer = call(service, "GET", f"customers/{made['id']}")
    assert answer.headers["ETag"] == '"1"'
    assert answer.headers["Date"].endswith("GMT")
    changed = call(service, "PATCH", f"customers/{made['id']}", json={"phone": "1"}, headers={"If-Match": '"1"'})
    assert keeps(changed, "Customer")["version"] == 2


def test_several_customers_may_bear_one_name(service: RunningSandbox) -> None:
    twice = {new_customer(service, "Twin")["id"], new_customer(service, "Twin")["id"]}
    found = keeps(call(service, "GET", "customers", params={"name": "Twin"}), "CustomerPage")
    assert {row["id"] for row in found["data"]} == twice


def test_an_invoice_becomes_ready_when_it_leaves_the_status_new(service: RunningSandbox) -> None:
    made = new_invoice(service, new_customer(service)["id"])
    assert (made["status"], made["ready_at"]) == ("new", None)
    ready = service.syncta("PATCH", f"/sandbox/invoices/{made['id']}", json={"status": "unpaid"}).json()
    assert made["created_at"] < ready["ready_at"] <= ready["updated_at"]
    keeps(call(service, "GET", f"invoices/{made['id']}"), "Invoice")


def test_lines_added_later_change_the_total(service: RunningSandbox) -> None:
    made = new_invoice(service, new_customer(service)["id"])
    more = service.syncta("PATCH", f"/sandbox/invoices/{made['id']}", json={"lines": [LINE, LINE]}).json()
    assert (made["total"], more["total"]) == ("10.00", "20.00")


def test_a_customer_on_which_something_hangs_is_not_deleted_until_it_was_moved(service: RunningSandbox) -> None:
    loser, winner = new_customer(service, "Loser")["id"], new_customer(service, "Winner")["id"]
    invoice = new_invoice(service, loser)["id"]
    child = new_customer(service, "Child", parent_id=loser)["id"]
    keeps(call(service, "DELETE", f"customers/{loser}"), "Problem")
    assert call(service, "POST", f"customers/{loser}/move", json={"to": winner}).status_code == 200
    assert call(service, "GET", f"invoices/{invoice}").json()["customer_id"] == winner
    assert call(service, "GET", f"customers/{child}").json()["parent_id"] == winner
    assert call(service, "DELETE", f"customers/{loser}").status_code == 204
    assert call(service, "GET", f"customers/{loser}").status_code == 410


def test_a_customer_cannot_be_its_own_ancestor(service: RunningSandbox) -> None:
    parent = new_customer(service, "Parent")["id"]
    child = new_customer(service, "Child", parent_id=parent)["id"]
    assert call(service, "PATCH", f"customers/{parent}", json={"parent_id": child}).status_code == 422


WRONG = [
    ("GET", "customers", {"params": {"limit": "0"}}, 400),
    ("GET", "customers", {"params": {"limit": "many"}}, 400),
    ("GET", "customers", {"params": {"cursor": "-1"}}, 400),
    ("GET", "customers", {"params": {"updated_since": "yesterday"}}, 400),
    ("GET", "customers", {"params": {"updated_since": "2026-01-01T00:00:00"}}, 400),
    ("GET", "customers/none", {}, 404),
    ("GET", "nothing", {}, 404),
    ("POST", "customers", {"data": b"{"}, 400),
    ("POST", "customers", {"json": []}, 400),
    ("POST", "customers", {"json": {}}, 422),
    ("POST", "customers", {"json": {"name": ""}}, 422),
    ("POST", "customers", {"json": {"name": "A", "surprise": 1}}, 422),
    ("POST", "customers", {"json": {"name": "A", "emails": "a@example.com"}}, 422),
    ("POST", "customers", {"json": {"name": "A", "parent_id": "none"}}, 422),
    ("POST", "invoices/none/paid", {"json": {"date": "2026-10-20", "reference": ""}}, 404),
    ("POST", "invoices/none/paid", {"json": {"date": "soon", "reference": ""}}, 422),
]


@pytest.mark.parametrize(("method", "path", "options", "status"), WRONG)
def test_a_wrong_request_gets_the_contracts_problem(
    service: RunningSandbox, method: str, path: str, options: dict[str, Any], status: int
) -> None:
    answer = call(service, method, path, **options)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert keeps(answer, "Problem")["status"] == status


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic x"}])
def test_without_the_key_nothing_is_told(service: RunningSandbox, header: dict[str, str]) -> None:
    answer = service.syncta("GET", "/v1/customers", headers=header)
    assert (answer.status_code, "data" in answer.json()) == (401, False)
