"""Webhooks: what is told of which write, how it is signed and packed, and what happens when nobody listens."""

from __future__ import annotations

import datetime as dt
import json
import queue
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any, NamedTuple

import pytest
import requests
from quickbooks import QuickBooks

from include.sandbox.quickbooks.catalog.company import close_books, merge_customers
from include.sandbox.quickbooks.engine import Books
from include.sandbox.quickbooks.events import deliveries
from include.sandbox.quickbooks.events.deliveries import Deliveries
from include.sandbox.quickbooks.events.webhooks import VERIFIER_TOKEN, Webhook, note, subscribe, subscription
from include.sandbox.store import Store
from tests.sandbox_server import sandbox_in_threads

from .conftest import REALM, START, Client, paying, refusal, sale

OTHER = "9341453000000002"
FAR_AWAY = "http://127.0.0.1:9/webhooks"


class Call(NamedTuple):
    """One notification as it arrived."""

    headers: dict[str, str]
    body: str


class Receiver:
    """An app's webhook endpoint: keeps what comes, answers the next of `answers` (200 when there is none left)."""

    def __init__(self) -> None:
        self.calls: queue.Queue[Call] = queue.Queue()
        self.answers: list[int] = []
        self.let_go = Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self.server.server_port}/webhooks"

    def bodies(self) -> list[Any]:
        """Everything that has come since the last look."""
        return [json.loads(self.calls.get_nowait().body) for _ in range(self.calls.qsize())]

    def told(self) -> list[tuple[str, str]]:
        """(type, id) of each event in the format of CloudEvents."""
        return [(event["type"], event["intuitentityid"]) for body in self.bodies() for event in body]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                receiver.calls.put(Call({name.lower(): value for name, value in self.headers.items()}, body))
                status = receiver.answers.pop(0) if receiver.answers else 200
                if not status:
                    receiver.let_go.wait(30)
                    return
                self.send_response(status)
                self.send_header("location", "http://127.0.0.1:9/elsewhere")
                self.end_headers()

            def log_message(self, format: str, *values: object) -> None:
                pass

        return Handler


@contextmanager
def listening() -> Iterator[Receiver]:
    receiver = Receiver()
    thread = Thread(target=receiver.server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.let_go.set()
        receiver.server.shutdown()
        thread.join()
        receiver.server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with listening() as receiver:
        yield receiver


@pytest.fixture
def post(store: Store) -> Deliveries:
    return Deliveries(store)


def test_every_kind_of_write_is_told(books: Books, receiver: Receiver, post: Deliveries) -> None:
    subscribe(books.store, Webhook(receiver.url))
    lake = books.create("Customer", {"DisplayName": "Lake"})["Id"]
    invoice = books.create("Invoice", sale(lake, 100))["Id"]
    payment = books.create("Payment", paying(lake, 100, (invoice, 100)))["Id"]
    books.void("Payment", payment)
    books.delete("Payment", payment)
    books.void("Invoice", invoice)
    books.deactivate("Customer", lake)
    assert post.work() == 1
    assert receiver.told() == [
        ("qbo.customer.created.v1", lake),
        ("qbo.invoice.created.v1", invoice),
        ("qbo.payment.created.v1", payment),
        ("qbo.invoice.updated.v1", invoice),
        ("qbo.payment.void.v1", payment),
        ("qbo.invoice.updated.v1", invoice),
        ("qbo.payment.deleted.v1", payment),
        ("qbo.invoice.void.v1", invoice),
        ("qbo.customer.updated.v1", lake),
    ]
    assert post.work() == 0


def test_a_cloud_event_looks_as_recorded(books: Books, receiver: Receiver, post: Deliveries) -> None:
    subscribe(books.store, Webhook(receiver.url))
    books.create("Customer", {"DisplayName": "Lake"})
    post.work()
    ((event,),) = receiver.bodies()
    assert event.pop("id").endswith("-Customer-1")
    assert event.pop("source").startswith("intuit.")
    assert event == {
        "specversion": "1.0",
        "type": "qbo.customer.created.v1",
        "datacontenttype": "application/json",
        "time": "2026-11-02T17:00:00Z",
        "intuitentityid": "1",
        "intuitaccountid": REALM,
        "data": {},
    }


def test_the_classic_format_looks_as_recorded_and_holds_several_companies(
    books: Books, receiver: Receiver, post: Deliveries
) -> None:
    Books(books.store, OTHER).found(name="Other")
    subscribe(books.store, Webhook(receiver.url, format="classic"))
    for realm, name in ((REALM, "A"), (OTHER, "B"), (REALM, "C")):
        Books(books.store, realm).create("Vendor", {"DisplayName": name})
    post.work()
    (body,) = receiver.bodies()
    assert body == {
        "eventNotifications": [
            {"realmId": REALM, "dataChangeEvent": {"entities": [_vendor("1"), _vendor("2")]}},
            {"realmId": OTHER, "dataChangeEvent": {"entities": [_vendor("1")]}},
        ]
    }


def _vendor(id_: str) -> dict[str, str]:
    return {"name": "Vendor", "id": id_, "operation": "Create", "lastUpdated": "2026-11-02T17:00:00.000Z"}


@pytest.mark.parametrize("format", ["classic", "cloudevents"])
def test_a_merge_names_the_customer_that_went(
    books: Books, receiver: Receiver, post: Deliveries, customer: str, format: str
) -> None:
    winner = books.create("Customer", {"DisplayName": "Winner"})["Id"]
    subscribe(books.store, Webhook(receiver.url, format=format, entities=("Customer",)))
    merge_customers(books, customer, winner)
    post.work()
    (body,) = receiver.bodies()
    if format == "classic":
        last = body["eventNotifications"][0]["dataChangeEvent"]["entities"][-1]
        assert (last["id"], last["operation"], last["deletedId"]) == (winner, "Merge", customer)
    else:
        last = body[-1]
        assert (last["type"], last["intuitentityid"]) == ("qbo.customer.merged.v1", winner)
        assert last["data"] == {"deletedid": customer}


def test_the_operation_of_sending_mail_is_emailed(books: Books, receiver: Receiver, post: Deliveries) -> None:
    for format in ("classic", "cloudevents"):
        subscribe(books.store, Webhook(receiver.url, format=format))
        note(books.store, REALM, "Invoice", "7", "send")
        post.work()
    classic, cloud = receiver.bodies()
    assert classic["eventNotifications"][0]["dataChangeEvent"]["entities"][0]["operation"] == "Emailed"
    assert cloud[0]["type"] == "qbo.invoice.emailed.v1"


def test_the_headers_are_intuits_and_python_quickbooks_accepts_the_signature(
    books: Books, receiver: Receiver, post: Deliveries
) -> None:
    subscribe(books.store, Webhook(receiver.url))
    books.create("Customer", {"DisplayName": "Söhne 💧"})
    post.work()
    call = receiver.calls.get_nowait()
    qb, signature = QuickBooks(minorversion=75), call.headers["intuit-signature"]
    assert qb.validate_webhook_signature(call.body, signature, VERIFIER_TOKEN)
    assert not qb.validate_webhook_signature(call.body + " ", signature, VERIFIER_TOKEN)
    assert not qb.validate_webhook_signature(call.body, signature, "another token")
    assert call.headers["intuit-created-time"] == "2026-11-02T09:00:00-0800"
    assert call.headers["intuit-notification-schema-version"] == "0.1"
    assert call.headers["user-agent"] == "intuit_notification_server/0.1"
    assert call.headers["content-type"] == "application/json; charset=utf-8"
    assert len(call.headers["intuit-t-id"]) == 36


def test_a_refused_or_undone_write_is_not_told(books: Books, receiver: Receiver, post: Deliveries) -> None:
    subscribe(books.store, Webhook(receiver.url))
    assert refusal(books.create, "Customer", {"DisplayName": "a:b"}) == "2040"
    with suppress(RuntimeError), books.store.transaction():
        books.create("Customer", {"DisplayName": "Lake"})
        raise RuntimeError
    assert (post.work(), receiver.bodies()) == (0, [])


def test_only_what_was_asked_for_and_what_webhooks_know_is_told(
    books: Books, receiver: Receiver, post: Deliveries
) -> None:
    subscribe(books.store, Webhook(receiver.url))
    info = books.get("CompanyInfo", "1")
    books.write("CompanyInfo", dict(info), info)
    close_books(books, "2026-09-30")
    post.work()
    assert receiver.told() == [("qbo.preferences.updated.v1", "1")]
    subscribe(books.store, Webhook(receiver.url, entities=("Invoice",)))
    books.create("Customer", {"DisplayName": "Lake"})
    assert (post.work(), receiver.bodies()) == (0, [])


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
def test_a_failing_endpoint_is_asked_again_after_20_30_and_50_minutes_and_then_no_more(
    books: Books, receiver: Receiver, post: Deliveries, status: int
) -> None:
    subscribe(books.store, Webhook(receiver.url))
    receiver.answers = [status] * 9
    books.create("Customer", {"DisplayName": "Lake"})
    assert (post.work(), post.work()) == (1, 0)
    for minutes in (20, 30, 50):
        books.store.clock.advance(dt.timedelta(minutes=minutes, seconds=-1))
        assert post.work() == 0
        books.store.clock.advance(dt.timedelta(seconds=1))
        assert post.work() == 1
    books.store.clock.advance(dt.timedelta(days=9))
    assert post.work() == 0
    (given_up,) = post.status()["sent"]
    assert (given_up["state"], given_up["attempts"], given_up["last"]) == ("dropped", 4, str(status))
    bodies = receiver.bodies()
    assert len(bodies) == 4
    assert all(body == bodies[0] for body in bodies)


@pytest.mark.parametrize("status", [200, 204, 302, 400, 401, 404, 410, 429, 501])
def test_any_other_answer_ends_it(books: Books, receiver: Receiver, post: Deliveries, status: int) -> None:
    subscribe(books.store, Webhook(receiver.url))
    receiver.answers = [status]
    books.create("Customer", {"DisplayName": "Lake"})
    post.work()
    books.store.clock.advance(dt.timedelta(days=9))
    assert post.work() == 0
    (done,) = post.status()["sent"]
    assert (done["state"], done["last"]) == ("delivered" if status < 300 else "refused", str(status))


def test_silence_and_a_closed_port_are_failures(
    books: Books, receiver: Receiver, post: Deliveries, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "TIME_OUT", 0.05)
    subscribe(books.store, Webhook(receiver.url))
    receiver.answers = [0]
    books.create("Customer", {"DisplayName": "Lake"})
    post.work()
    assert [each["last"] for each in post.status()["waiting"]] == ["ReadTimeout"]
    subscribe(books.store, Webhook(FAR_AWAY))
    books.store.clock.advance(dt.timedelta(minutes=20))
    post.work()
    (waiting,) = post.status()["waiting"]
    assert (waiting["last"], waiting["attempts"], waiting["due"]) == ("ConnectionError", 2, "2026-11-02T17:50:00+00:00")


def test_a_restart_loses_nothing(tmp_path: Path, receiver: Receiver) -> None:
    with _opened(tmp_path) as store:
        books = Books(store, REALM)
        books.found(name="Empty Backflow")
        subscribe(store, Webhook(receiver.url))
        books.create("Customer", {"DisplayName": "Told in vain"})
        receiver.answers = [503]
        Deliveries(store).work()
        books.create("Customer", {"DisplayName": "Not told yet"})
    receiver.bodies()
    with _opened(tmp_path) as store:
        store.clock.advance(dt.timedelta(minutes=20))
        assert Deliveries(store).work() == 2
    assert receiver.told() == [("qbo.customer.created.v1", "1"), ("qbo.customer.created.v1", "2")]


@contextmanager
def _opened(folder: Path) -> Iterator[Store]:
    store = Store(folder / "sandbox.sqlite")
    store.clock.freeze(START)
    try:
        yield store
    finally:
        store.close()


def test_duplicates_on_order(books: Books, receiver: Receiver, post: Deliveries) -> None:
    subscribe(books.store, Webhook(receiver.url, duplicate=True))
    books.create("Customer", {"DisplayName": "Lake"})
    assert post.work() == 2
    first, second = (receiver.calls.get_nowait() for _ in range(2))
    assert first.body == second.body
    assert first.headers["intuit-t-id"] != second.headers["intuit-t-id"]


def test_the_wrong_order_on_order(books: Books, receiver: Receiver, post: Deliveries) -> None:
    subscribe(books.store, Webhook(receiver.url, out_of_order=True))
    ids = [books.create("Customer", {"DisplayName": name})["Id"] for name in "ABC"]
    assert post.work() == 3
    assert [id_ for _, id_ in receiver.told()] == ids[::-1]


def test_lost_notifications_on_order(books: Books, receiver: Receiver, post: Deliveries) -> None:
    subscribe(books.store, Webhook(receiver.url, drop=2, duplicate=True))
    for name in "ABC":
        books.create("Customer", {"DisplayName": name})
        post.work()
    assert receiver.told() == [("qbo.customer.created.v1", "3")] * 2
    assert [each["last"] for each in post.status()["sent"]] == ["on order"] * 4 + ["200"] * 2
    left = subscription(books.store)
    assert left is not None
    assert left.drop == 0


def test_without_a_subscription_nothing_is_noted(books: Books, post: Deliveries) -> None:
    books.create("Customer", {"DisplayName": "Lake"})
    assert books.store.rows("SELECT * FROM qb_event") == []
    assert (post.work(), post.status()) == (0, {"webhook": None, "waiting": [], "sent": []})


def test_many_events_come_in_several_notifications(
    books: Books, receiver: Receiver, post: Deliveries, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "MOST_EVENTS", 4)
    monkeypatch.setattr(deliveries, "KEPT", 2)
    subscribe(books.store, Webhook(receiver.url))
    for number in range(18):
        books.create("Vendor", {"DisplayName": f"V{number}"})
    while post.work():
        pass
    assert [len(body) for body in receiver.bodies()] == [4, 4, 4, 4, 2]
    assert len(post.status()["sent"]) == 2


def test_the_served_sandbox_delivers_by_itself_and_a_dead_receiver_disturbs_nobody(tmp_path: Path) -> None:
    with listening() as receiver, sandbox_in_threads(tmp_path) as sandbox:
        address = f"/v3/company/{REALM}/customer"
        headers = {"Authorization": f"Bearer {sandbox.credentials()['access_token']}"}
        order = {"url": receiver.url, "format": "classic", "verifier_token": "mine", "entities": ["Customer"]}
        shown = sandbox.quickbooks("POST", "/sandbox/webhooks", json=order).json()
        assert shown["webhook"] == {**order, "duplicate": False, "out_of_order": False, "drop": 0}
        assert sandbox.quickbooks("POST", address, json={"DisplayName": "Lake"}, headers=headers).status_code == 200
        call = receiver.calls.get(timeout=30)
        assert QuickBooks(minorversion=75).validate_webhook_signature(
            call.body, call.headers["intuit-signature"], "mine"
        )
        receiver.answers = [0]
        assert sandbox.quickbooks("POST", address, json={"DisplayName": "Pier"}, headers=headers).status_code == 200
        receiver.calls.get(timeout=30)
        assert sandbox.quickbooks("POST", address, json={"DisplayName": "Dock"}, headers=headers).status_code == 200
        receiver.let_go.set()
        assert sandbox.quickbooks("DELETE", "/sandbox/webhooks").json()["webhook"] is None
        assert sandbox.quickbooks("GET", "/sandbox/webhooks").json()["waiting"] == []


def test_a_wrong_subscription_is_refused_in_one_line(client: Client) -> None:
    good = {"url": FAR_AWAY}
    wrong: list[Any] = [
        {},
        [],
        {"url": 7},
        {"url": "http://example.com/webhooks"},
        {"url": "http://localhost@example.com/"},
        {**good, "format": "xml"},
        {**good, "format": ["classic"]},
        {**good, "entities": "Customer"},
        {**good, "entities": ["Ghost"]},
        {**good, "entities": [{}]},
        {**good, "verifier_token": None},
        {**good, "verifier_token": "\ud800"},
        {**good, "duplicate": "yes"},
        {**good, "drop": True},
        {**good, "colour": "red"},
    ]
    for order in wrong:
        answer = client.session.post(f"{client.url}/sandbox/webhooks", json=order)
        assert (answer.status_code, set(answer.json())) == (400, {"error"}), order
    assert requests.get(f"{client.url}/sandbox/webhooks").json()["webhook"] is None


def test_a_reset_ends_the_subscription(client: Client) -> None:
    client.session.post(f"{client.url}/sandbox/webhooks", json={"url": FAR_AWAY})
    client.session.post(f"{client.url}/sandbox/reset", json={"scenario": "empty"})
    assert requests.get(f"{client.url}/sandbox/webhooks").json() == {"webhook": None, "waiting": [], "sent": []}
