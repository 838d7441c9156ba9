"""Writes at the same moment, idempotency, versions, and the rules of moving, deleting, marking and reopening."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import pytest
from requests import Response

from include.sandbox.store import Store
from tests.sandbox.syncta_service import Service, keeps, syncta
from tests.sandbox_server import running_sandbox

PAID = {"date": "2026-10-20", "reference": "CHK 1"}
AT_ONCE = 8


@pytest.fixture
def service(store: Store) -> Iterator[Service]:
    with syncta(store) as service:
        yield service


def at_once(work: Callable[[int], Response]) -> list[Response]:
    """What several clients are answered that ask at the same moment."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(work, range(AT_ONCE)))


def keyed(key: str) -> dict[str, str]:
    return {"Idempotency-Key": key}


def writes(service: Service) -> dict[str, int]:
    return service.store.meter.readings("syncta")[""].get("writes", {})


def test_a_create_sent_by_many_at_once_under_one_key_is_made_once(service: Service) -> None:
    answers = at_once(lambda _: service.call("POST", "customers", json={"name": "Ann Lee"}, headers=keyed("k")))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert sorted(answer.headers.get("Idempotency-Replayed", "first") for answer in answers)[0] == "first"
    assert [answer.headers.get("Idempotency-Replayed") for answer in answers].count(None) == 1
    assert writes(service) == {"customer.create": 1}


def test_different_requests_at_once_under_one_key_leave_one_winner(service: Service) -> None:
    answers = at_once(lambda n: service.call("POST", "customers", json={"name": f"Ann {n}"}, headers=keyed("k")))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * (AT_ONCE - 1)
    assert writes(service) == {"customer.create": 1}


def test_a_key_goes_with_method_path_and_body_but_not_with_how_the_body_is_written(service: Service) -> None:
    made = service.call("POST", "customers", json={"name": "Ann", "phone": "1"}, headers=keyed("k"))
    body = b' {"phone":"1" , "name":"A\\u006en"}'
    again = service.call("POST", "customers", data=body, headers={**keyed("k"), "Content-Type": "application/json"})
    assert (again.json(), again.headers["Idempotency-Replayed"]) == (made.json(), "true")
    assert again.headers["Location"] == made.headers["Location"]
    one = made.json()["id"]
    for method, path in (
        ("PATCH", f"customers/{one}"),
        ("DELETE", f"customers/{one}"),
        ("POST", f"customers/{one}/move"),
    ):
        body = {"to": "c9"} if path.endswith("move") else {"name": "Ann", "phone": "1"}
        refused = service.call(method, path, json=body, headers=keyed("k"))
        assert (refused.status_code, refused.json()["field"]) == (409, "Idempotency-Key")
    assert service.read(made.json())["version"] == 1


def test_a_replay_is_the_first_answer_whatever_became_of_the_record(service: Service) -> None:
    made = service.call("POST", "customers", json={"name": "Ann"}, headers=keyed("create"))
    path = f"customers/{made.json()['id']}"
    changed = service.call("PATCH", path, json={"phone": "1"}, headers={**keyed("change"), "If-Match": '"1"'})
    service.by_hand("PATCH", path, {"phone": "2"})
    again = service.call("PATCH", path, json={"phone": "1"}, headers={**keyed("change"), "If-Match": '"1"'})
    assert (again.text, again.headers["ETag"]) == (changed.text, '"2"')
    assert service.call("DELETE", path, headers=keyed("delete")).status_code == 204
    gone = service.call("DELETE", path, headers=keyed("delete"))
    assert (gone.status_code, gone.headers["Idempotency-Replayed"]) == (204, "true")
    assert service.call("DELETE", path).status_code == 410
    assert service.call("POST", "customers", json={"name": "Ann"}, headers=keyed("create")).text == made.text


def test_a_refused_write_leaves_its_key_unused(service: Service) -> None:
    body = {"name": "Child", "parent_id": "c000001"}
    assert service.call("POST", "customers", json=body, headers=keyed("k")).status_code == 409
    assert service.customer("Parent")["id"] == "c000001"
    assert service.call("POST", "customers", json=body, headers=keyed("k")).status_code == 201


def test_of_changes_at_once_to_one_version_one_is_made(service: Service) -> None:
    path = f"customers/{service.customer()['id']}"
    answers = at_once(lambda n: service.call("PATCH", path, json={"phone": str(n)}, headers={"If-Match": '"1"'}))
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * (AT_ONCE - 1)
    winner = next(answer for answer in answers if answer.ok)
    assert service.call("GET", path).json() == winner.json()


def test_changes_at_once_without_a_version_are_all_made(service: Service) -> None:
    made = service.customer()
    fields = ["phone", "external_id", "name", "phone", "external_id", "name", "phone", "name"]
    answers = at_once(lambda n: service.call("PATCH", f"customers/{made['id']}", json={fields[n]: str(n)}))
    assert sorted(answer.json()["version"] for answer in answers) == list(range(2, AT_ONCE + 2))
    assert service.read(made)["version"] == AT_ONCE + 1


def test_payments_by_the_portal_at_once_never_take_more_than_is_open(service: Service) -> None:
    customer = service.customer()["id"]
    body = {"amount": "3.00", "reference": "ch"}
    for _ in range(10):
        path = f"invoices/{service.invoice(customer, status='unpaid')['id']}"
        answers = at_once(lambda _, path=path: service.by_hand("POST", f"{path}/portal_payments", body))
        assert sorted(answer.status_code for answer in answers) == [200] * 3 + [409] * (AT_ONCE - 3)
        assert len(service.call("GET", path).json()["portal_payments"]) == 3


@pytest.mark.parametrize("tags", ["*", '"1"', '"7", "1"', '"7","1"'])
def test_a_version_may_be_any_or_one_of_several(service: Service, tags: str) -> None:
    path = f"customers/{service.customer()['id']}"
    assert service.call("PATCH", path, json={"phone": "1"}, headers={"If-Match": tags}).ok


@pytest.mark.parametrize("act", ["update", "delete", "move", "paid", "reopen"])
def test_every_write_to_a_record_heeds_the_version(service: Service, act: str) -> None:
    one, other = service.customer("One"), service.customer("Other")
    bill = service.invoice(one["id"], status="paid" if act == "reopen" else "unpaid")
    request: dict[str, tuple[str, str, Any]] = {
        "update": ("PATCH", f"customers/{one['id']}", {"phone": "1"}),
        "delete": ("DELETE", f"customers/{other['id']}", None),
        "move": ("POST", f"customers/{one['id']}/move", {"to": other["id"]}),
        "paid": ("POST", f"invoices/{bill['id']}/paid", PAID),
        "reopen": ("POST", f"invoices/{bill['id']}/reopen", None),
    }
    method, path, body = request[act]
    stale = service.call(method, path, json=body, headers={"If-Match": '"2"'})
    assert (stale.status_code, stale.json()["field"]) == (412, "If-Match")
    assert [service.read(record)["version"] for record in (one, other, bill)] == [1, 1, 1]
    assert service.call(method, path, json=body, headers={"If-Match": '"1"'}).ok


def test_a_customer_on_which_something_hangs_is_not_deleted_until_it_was_moved(service: Service) -> None:
    loser, winner = service.customer("Loser"), service.customer("Winner")
    invoice = service.invoice(loser["id"])
    child = service.customer("Child", parent_id=loser["id"])
    assert service.call("DELETE", f"customers/{loser['id']}").status_code == 409
    assert keeps(service.call("POST", f"customers/{loser['id']}/move", json={"to": winner["id"]}), "Customer") == loser
    assert (service.read(invoice)["customer_id"], service.read(invoice)["version"]) == (winner["id"], 2)
    assert (service.read(child)["parent_id"], service.read(child)["version"]) == (winner["id"], 2)
    assert service.call("DELETE", f"customers/{loser['id']}").status_code == 204
    assert service.call("GET", f"customers/{loser['id']}").status_code == 410


def test_what_hung_on_a_customer_and_was_deleted_does_not_stand_in_its_way(service: Service) -> None:
    parent = service.customer("Parent")
    child = service.customer("Child", parent_id=parent["id"])
    assert service.call("DELETE", f"customers/{child['id']}").status_code == 204
    assert service.call("DELETE", f"customers/{parent['id']}").status_code == 204


@pytest.mark.parametrize("to", ["itself", "child", "grandchild", "deleted", "unknown"])
def test_nothing_is_moved_to_where_it_cannot_be(service: Service, to: str) -> None:
    top = service.customer("Top")
    child = service.customer("Child", parent_id=top["id"])
    below = service.customer("Grandchild", parent_id=child["id"])
    gone = service.customer("Gone")
    service.call("DELETE", f"customers/{gone['id']}")
    targets = {"itself": top, "child": child, "grandchild": below, "deleted": gone, "unknown": {"id": "c999999"}}
    refused = service.call("POST", f"customers/{top['id']}/move", json={"to": targets[to]["id"]})
    assert (refused.status_code, refused.json()["field"]) == (409, "to")
    assert [service.read(one) for one in (top, child, below)] == [top, child, below]


def test_a_customer_is_never_below_itself_however_deep(service: Service) -> None:
    line = [service.customer("0")]
    for depth in range(1, 25):
        line.append(service.customer(str(depth), parent_id=line[-1]["id"]))
    assert all(below["parent_id"] == above["id"] for above, below in pairwise(line))
    for lower in (line[0], line[1], line[24]):
        refused = service.call("PATCH", f"customers/{line[0]['id']}", json={"parent_id": lower["id"]})
        assert (refused.status_code, refused.json()["field"]) == (409, "parent_id")
    assert service.call("PATCH", f"customers/{line[24]['id']}", json={"parent_id": line[0]["id"]}).ok


def test_an_invoice_is_marked_once_and_reopened_once(service: Service) -> None:
    made = service.invoice(service.customer()["id"])
    path = f"invoices/{made['id']}"
    assert service.call("POST", f"{path}/reopen").json()["field"] == "status"
    paid = keeps(service.call("POST", f"{path}/paid", json=PAID), "Invoice")
    assert (paid["status"], paid["paid"]) == ("paid", {**PAID, "source": "quickbooks"})
    assert paid["ready_at"] is not None
    assert service.call("POST", f"{path}/paid", json=PAID).status_code == 409
    again = keeps(service.call("POST", f"{path}/reopen"), "Invoice")
    assert (again["status"], again["paid"], again["ready_at"]) == ("unpaid", None, paid["ready_at"])
    assert service.call("POST", f"{path}/reopen").status_code == 409


def test_no_acknowledged_write_is_lost_when_the_service_is_killed(tmp_path: Any) -> None:
    with running_sandbox(tmp_path, "empty") as sandbox:
        sign = {"Authorization": f"Bearer {sandbox.credentials('syncta')['api_key']}"}

        def create(n: int) -> Response:
            return sandbox.syncta("POST", "/v1/customers", json={"name": f"Ann {n}"}, headers={**sign, **keyed(str(n))})

        made = at_once(create)
        assert sandbox.process is not None
        sandbox.process.kill()
        sandbox.process.wait()
    with running_sandbox(tmp_path, "empty") as sandbox:
        page = sandbox.syncta("GET", "/v1/customers", headers=sign).json()
        assert sorted(page["data"], key=lambda row: row["name"]) == [answer.json() for answer in made]
        assert [answer.text for answer in at_once(create)] == [answer.text for answer in made]
        assert sandbox.meter("syncta")["writes"] == {"customer.create": AT_ONCE}
