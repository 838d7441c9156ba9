"""What Syncta's users do: typing, portal payments, voiding, deleting, merging; and what they cannot do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from include.sandbox.store import Store
from tests.sandbox.syncta_service import LINE, Service, keeps, syncta


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    store = Store(tmp_path_factory.mktemp("by_hand") / "sandbox.sqlite")
    with syncta(store) as service:
        service.customer("Nick Brown")
        yield service
    store.close()


def pay(service: Service, invoice: dict[str, Any], amount: str, **fields: str) -> dict[str, Any]:
    body = {"amount": amount, "reference": "ch_1", **fields}
    answer: dict[str, Any] = service.by_hand("POST", f"invoices/{invoice['id']}/portal_payments", body).json()
    return answer


def test_a_part_payment_leaves_the_invoice_unpaid_and_the_last_part_settles_it(service: Service) -> None:
    bill = service.invoice("c000001", status="unpaid")
    part = pay(service, bill, "4.00", date="2026-10-20")
    assert (part["status"], part["paid"], part["version"]) == ("unpaid", None, 2)
    settled = pay(service, bill, "6.00", date="2026-10-25", reference="ch_2")
    assert settled["paid"] == {"date": "2026-10-25", "reference": "ch_2", "source": "portal"}
    assert (settled["status"], [one["amount"] for one in settled["portal_payments"]]) == ("paid", ["4.00", "6.00"])
    assert keeps(service.call("GET", f"invoices/{bill['id']}"), "Invoice") == settled


def test_a_payment_without_a_date_is_of_today_in_the_accounts_zone(service: Service) -> None:
    service.by_hand("POST", "clock", {"set": "2026-11-03T06:30:00Z"})
    paid = pay(service, service.invoice("c000001", status="unpaid"), "1.00")
    assert paid["portal_payments"][0]["date"] == "2026-11-02"


@pytest.mark.parametrize(
    ("status", "amount", "field"),
    [
        ("unpaid", "10.01", "amount"),
        ("unpaid", "0.00", "amount"),
        ("unpaid", "-1.00", "amount"),
        ("new", "1.00", "status"),
        ("paid", "1.00", "status"),
    ],
)
def test_the_portal_takes_no_more_than_is_open_and_only_on_open_invoices(
    service: Service, status: str, amount: str, field: str
) -> None:
    bill = service.invoice("c000001", status=status)
    assert (pay(service, bill, amount)["status"], pay(service, bill, amount)["field"]) == (409, field)
    assert service.read(bill) == bill


def test_money_that_came_by_the_portal_is_not_reopened_by_the_books(service: Service) -> None:
    bill = service.invoice("c000001", status="unpaid")
    pay(service, bill, "10.00")
    assert service.call("POST", f"invoices/{bill['id']}/reopen").status_code == 409


def test_a_void_invoice_claims_nothing_and_never_changes_again(service: Service) -> None:
    bill = service.invoice("c000001", status="unpaid")
    void = keeps(service.by_hand("POST", f"invoices/{bill['id']}/void"), "Invoice")
    assert (void["status"], void["total"]) == ("void", "10.00")
    path = f"invoices/{bill['id']}"
    assert service.by_hand("POST", f"{path}/void").status_code == 409
    assert service.by_hand("PATCH", path, {"status": "unpaid"}).status_code == 409
    assert service.call("POST", f"{path}/paid", json={"date": "2026-10-20", "reference": ""}).status_code == 409
    assert pay(service, bill, "1.00")["status"] == 409
    assert service.by_hand("DELETE", path).json()["deleted_at"]


def test_a_paid_invoice_is_not_voided(service: Service) -> None:
    bill = service.invoice("c000001", status="paid")
    assert bill["paid"]["source"] == "manual"
    assert service.by_hand("POST", f"invoices/{bill['id']}/void").status_code == 409


def test_a_status_set_by_hand_sets_and_takes_the_mark(service: Service) -> None:
    path = f"invoices/{service.invoice('c000001', status='unpaid')['id']}"
    assert service.by_hand("PATCH", path, {"status": "paid"}).json()["paid"]["source"] == "manual"
    assert service.by_hand("PATCH", path, {"status": "unpaid"}).json()["paid"] is None


def test_a_total_that_was_given_stays_until_the_amounts_change(service: Service) -> None:
    bill = service.invoice("c000001", total="11.00")
    path = f"invoices/{bill['id']}"
    assert service.by_hand("PATCH", path, {"status": "unpaid"}).json()["total"] == "11.00"
    assert service.by_hand("PATCH", path, {"tax": "0.50", "discount": "1.00"}).json()["total"] == "9.50"


def test_merging_moves_everything_and_deletes_the_loser(service: Service) -> None:
    loser, winner = service.customer("Loser"), service.customer("Winner")
    bill, child = service.invoice(loser["id"]), service.customer("Child", parent_id=loser["id"])
    assert keeps(service.by_hand("POST", f"customers/{loser['id']}/merge", {"to": winner["id"]}), "Customer") == winner
    assert (service.read(bill)["customer_id"], service.read(child)["parent_id"]) == (winner["id"], winner["id"])
    assert service.call("GET", f"customers/{loser['id']}").status_code == 410


def test_a_merge_that_cannot_be_leaves_everything_as_it_was(service: Service) -> None:
    parent = service.customer("Parent")
    child = service.customer("Child", parent_id=parent["id"])
    assert service.by_hand("POST", f"customers/{parent['id']}/merge", {"to": child["id"]}).status_code == 409
    assert (service.read(parent), service.read(child)) == (parent, child)


@pytest.mark.parametrize("field", ["name", "number", "invoice_date", "total"])
def test_some_fields_are_taken_as_typed_so_that_damage_can_be_rehearsed(service: Service, field: str) -> None:
    for damage in ("", "half \ud800", "a\0b", "a lot"):
        kind = "customers" if field == "name" else "invoices"
        whole = {"customer_id": "c000001", "number": "1", "invoice_date": "2026-10-15", "lines": [LINE]}
        made = service.by_hand("POST", kind, {field: damage} if field == "name" else {**whole, field: damage}).json()
        assert service.call("GET", f"{kind}/{made['id']}").json()[field] == damage
        assert service.by_hand("DELETE", f"{kind}/{made['id']}").json()["deleted_at"]


def test_an_invoice_whose_total_is_no_number_takes_no_payment(service: Service) -> None:
    bill = service.by_hand(
        "POST",
        "invoices",
        {"customer_id": "c000001", "number": "1", "invoice_date": "2026-10-15", "status": "unpaid", "total": "a lot"},
    ).json()
    assert pay(service, bill, "1.00")["status"] == 409


INVOICE = {"customer_id": "c000001", "number": "1", "invoice_date": "2026-10-15"}
WRONG = [
    ("POST", "customers", {}, 422, ""),
    ("POST", "customers", {"name": None}, 422, "name"),
    ("POST", "customers", {"name": "A", "parent_id": "none"}, 409, "parent_id"),
    ("POST", "customers", {"name": "A", "id": "c1"}, 422, ""),
    ("PATCH", "customers/none", {"name": "A"}, 404, ""),
    ("DELETE", "customers/none", None, 404, ""),
    ("POST", "customers/c000001/merge", {"to": "c000001"}, 409, "to"),
    ("POST", "customers/c000001/split", {}, 404, ""),
    ("PUT", "customers/c000001", {}, 405, ""),
    ("POST", "invoices", {"number": "1"}, 422, ""),
    ("POST", "invoices", {**INVOICE, "customer_id": "none"}, 409, "customer_id"),
    ("POST", "invoices", {**INVOICE, "tax": "some"}, 422, "tax"),
    ("POST", "invoices", {**INVOICE, "tax": 1}, 422, "tax"),
    ("POST", "invoices", {**INVOICE, "status": "void"}, 422, "status"),
    ("POST", "invoices", {**INVOICE, "lines": [{"description": "Work"}]}, 422, "lines.0"),
    ("POST", "invoices", {**INVOICE, "lines": [{**LINE, "quantity": "two"}]}, 422, "lines.0.quantity"),
    ("POST", "invoices", {**INVOICE, "lines": {}}, 422, "lines"),
    ("POST", "invoices", {**INVOICE, "due_date": "soon"}, 422, "due_date"),
    ("POST", "invoices/none/void", None, 404, ""),
    ("POST", "invoices/none/portal_payments", {"amount": "1.0", "reference": ""}, 422, "amount"),
    ("POST", "invoices", [], 400, ""),
]


@pytest.mark.parametrize(("method", "path", "body", "status", "field"), WRONG)
def test_what_cannot_be_done_is_told_in_one_line(
    service: Service, method: str, path: str, body: Any, status: int, field: str
) -> None:
    answer = service.by_hand(method, path, body)
    assert (answer.status_code, answer.json().get("field", "")) == (status, field), answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "\n" not in keeps(answer, "Problem")["title"]
