"""Limits: off by default, counted within sliding windows; the meter by month and the month that is used up."""

from __future__ import annotations

import datetime as dt
import threading
from pathlib import Path
from typing import Any

import pytest
import requests

from include.sandbox.limits import PRESETS
from include.sandbox.meter import Pace
from include.sandbox.quickbooks.http.call import sort
from include.sandbox.store import Store
from tests.sandbox_server import RunningSandbox, sandbox_in_threads

from .conftest import REALM, Client, sale

MONTH = "2026-11"


def limit(client: Client, **limits: Any) -> dict[str, Any]:
    answer = client.session.post(f"{client.url}/sandbox/limits", json=limits)
    assert answer.status_code == 200, answer.text
    return answer.json()


def advance(client: Client, seconds: float) -> None:
    client.session.post(f"{client.url}/sandbox/clock", json={"advance_seconds": seconds})


def next_month(client: Client) -> None:
    advance(client, 30 * 86400)
    renewed = client.session.get(f"{client.url}/sandbox/credentials").json()["access_token"]
    client.session.headers["Authorization"] = f"Bearer {renewed}"


def statuses(client: Client, calls: int, path: str = "preferences") -> list[int]:
    return [client.get(path).status_code for _ in range(calls)]


def test_nothing_is_limited_unless_it_is_switched_on(client: Client) -> None:
    assert set(statuses(client, 30)) == {200}
    assert client.session.get(f"{client.url}/sandbox/limits").json()["limits"]["requests_per_minute"] is None


def test_a_window_slides_and_moves_with_the_clock_although_it_is_frozen(client: Client) -> None:
    limit(client, requests_per_minute=3)
    assert statuses(client, 2) == [200, 200]
    advance(client, 40)
    assert statuses(client, 2) == [200, 429]
    advance(client, 21)
    assert statuses(client, 3) == [200, 200, 429]
    assert limit(client)["left"] == {REALM: {"requests_per_minute": 0}}


def test_calls_that_were_refused_do_not_count(client: Client) -> None:
    limit(client, requests_per_minute=1)
    assert statuses(client, 5) == [200, 429, 429, 429, 429]
    advance(client, 60.5)
    assert statuses(client, 1) == [200]


def test_a_clock_that_is_put_back_keeps_nobody_out(client: Client) -> None:
    limit(client, requests_per_minute=1)
    statuses(client, 1)
    advance(client, -86400)
    assert statuses(client, 2) == [200, 429]


def test_batches_have_their_own_window_beside_that_of_all_calls(client: Client) -> None:
    limit(client, batches_per_minute=1, requests_per_minute=4)
    batch = {"BatchItemRequest": []}
    assert [client.post("batch", batch).status_code for _ in range(2)] == [200, 429]
    assert statuses(client, 4) == [200, 200, 200, 429]


def test_a_refusal_has_the_chosen_form_and_changes_nothing(client: Client) -> None:
    limit(client, requests_per_minute=0)
    starts = {"xml": "<?xml", "json": '{"Fault":', "lower": '{"warnings":'}
    for body, start in starts.items():
        limit(client, body=body)
        answer = client.post("customer", {"DisplayName": "A"})
        assert (answer.status_code, answer.text.startswith(start), "3001" in answer.text) == (429, True, True)
        assert "retry-after" not in answer.headers
        assert answer.headers["intuit_tid"]
    limit(client, retry_after=True)
    assert client.get("preferences").headers["retry-after"] == "60"
    limit(client, preset="off")
    assert client.query("select count(*) from Customer").json()["QueryResponse"]["totalCount"] == 0
    assert "by_class" in client.meter()


def test_retry_after_says_when_a_place_is_free(client: Client) -> None:
    limit(client, requests_per_minute=2, retry_after=True)
    statuses(client, 1)
    advance(client, 30)
    statuses(client, 1)
    assert int(client.get("preferences").headers["retry-after"]) in (29, 30)


def test_only_so_many_calls_run_at_once(client: Client) -> None:
    limit(client, concurrent=1)
    client.order("slow_item", seconds=0.5)
    batch = {"BatchItemRequest": [{"bId": "1", "operation": "create", "Customer": {"DisplayName": "A"}}]}
    answers: list[int] = []

    def send() -> None:
        with requests.Session() as session:
            answers.append(Client(client.url, session).post("batch", batch).status_code)

    running = threading.Thread(target=send)
    running.start()
    while client.session.get(f"{client.url}/sandbox/faults").json()["faults"]:
        assert running.is_alive()
    assert statuses(client, 1) == [429]
    running.join()
    assert answers == [200]
    assert statuses(client, 2) == [200, 200]


def test_the_preset_is_what_intuit_publishes_and_can_be_changed_in_part(client: Client) -> None:
    told = limit(client, preset="intuit", requests_per_second=None)["limits"]
    assert told["requests_per_second"] is None
    assert (told["requests_per_minute"], told["batches_per_minute"], told["concurrent"]) == (500, 40, 10)
    assert told["core_plus_per_month"] == 500_000
    assert limit(client, preset="off")["limits"]["requests_per_minute"] is None


def test_limits_stay_over_a_reset_and_a_restart(tmp_path: Path) -> None:
    with sandbox_in_threads(tmp_path) as sandbox:
        sandbox.quickbooks("POST", "/sandbox/limits", json={"requests_per_minute": 7})
        sandbox.quickbooks("POST", "/sandbox/reset", json={})
    with sandbox_in_threads(tmp_path) as sandbox:
        assert limits_of(sandbox)["requests_per_minute"] == 7
        assert limits_of(sandbox, "syncta")["requests_per_minute"] is None


def limits_of(sandbox: RunningSandbox, system: str = "quickbooks") -> dict[str, Any]:
    return getattr(sandbox, system)("GET", "/sandbox/limits").json()["limits"]


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        ({"requests": 1}, "requests is no limit; there are requests_per_second"),
        ({"requests_per_minute": -1}, "requests_per_minute must be a whole number"),
        ({"requests_per_minute": True}, "requests_per_minute must be"),
        ({"body": "pdf"}, "body must be one of xml, json, lower"),
        ({"body": ["xml"]}, "body must be one of xml, json, lower"),
        ({"retry_after": 5}, "retry_after must be true or false"),
        ({"preset": "gold"}, "preset must be"),
        ({"preset": ["off"]}, "preset must be"),
        ({"block_month": "now"}, "block_month must be true or false"),
    ],
)
def test_a_limit_nobody_knows_is_refused_in_one_line(store: Store, wish: dict[str, Any], says: str) -> None:
    before = store.limits.of("quickbooks")
    with pytest.raises(ValueError, match=says):
        store.limits.change("quickbooks", {"requests_per_second": 5, **wish}, month=MONTH)
    assert store.limits.of("quickbooks") == before


def test_syncta_refuses_with_retry_after_as_its_contract_says(tmp_path: Path) -> None:
    with sandbox_in_threads(tmp_path) as sandbox:
        login = {"Authorization": f"Bearer {sandbox.credentials('syncta')['api_key']}"}
        sandbox.syncta("POST", "/sandbox/limits", json={"requests_per_minute": 1})
        assert sandbox.syncta("GET", "/v1/account", headers=login).status_code == 200
        refused = sandbox.syncta("GET", "/v1/account", headers=login)
        assert (refused.status_code, refused.json()["status"], refused.headers["retry-after"]) == (429, 429, "60")
        assert "Date" in refused.headers
        assert sandbox.quickbooks("GET", "/discovery").status_code == 200
        assert sandbox.syncta("POST", "/sandbox/limits", json={"preset": "intuit"}).status_code == 400
        assert sandbox.syncta("POST", "/sandbox/limits", json={"batches_per_minute": 1}).status_code == 400


@pytest.mark.parametrize(
    ("path", "kind"), [("batch", "batch"), ("BATCH/", "batch"), ("invoice/1/send", "send"), ("invoice", ""), ("", "")]
)
def test_a_call_is_sorted_by_its_path(path: str, kind: str) -> None:
    assert sort({"path": f"/v3/company/7/{path}"}) == ("7", kind)


def test_a_month_ends_when_its_calls_are_used_up(client: Client, customer: str) -> None:
    limit(client, core_plus_per_month=2)
    assert statuses(client, 3) == [200, 200, 429]
    assert client.get("preferences").text.startswith("<?xml")
    assert client.post("invoice", sale(customer, 5)).ok
    read = client.meter()["workspace"]
    assert read == {"month": MONTH, "core": 1, "core_plus": 2, "core_plus_per_month": 2, "blocked": True}
    next_month(client)
    assert client.meter()["workspace"]["blocked"] is False
    assert statuses(client, 1) == [200]
    assert client.meter()["months"] == {MONTH: {"core": 1, "core_plus": 2}, "2026-12": {"core_plus": 1}}


def test_a_month_can_be_blocked_at_once(client: Client) -> None:
    limit(client, block_month=True)
    assert statuses(client, 1) == [429]
    assert client.query("select * from Customer").status_code == 429
    assert client.post("batch", {"BatchItemRequest": [{"bId": "1", "Query": "select * from Term"}]}).status_code == 429
    assert client.post("customer", {"DisplayName": "A"}).ok
    next_month(client)
    assert statuses(client, 1) == [200]
    limit(client, block_month=True)
    assert limit(client, block_month=False)["limits"]["blocked_month"] is None
    assert statuses(client, 1) == [200]


def test_refused_calls_and_sign_in_are_not_charged(client: Client) -> None:
    client.session.post(f"{client.url}/sandbox/meter/reset")
    client.query("select * from Ghost")
    client.get("customer/99")
    client.post("customer", {"DisplayName": "a:b"})
    client.order("status")
    client.get("preferences")
    told = client.credentials
    form = {"grant_type": "refresh_token", "refresh_token": told["refresh_token"]}
    login = (told["client_id"], told["client_secret"])
    assert requests.post(told["token_url"], data=form, auth=login, timeout=10).ok
    read = client.meter()
    assert (read["core"], read["core_plus"], read["months"]) == (0, 0, {})
    assert read["by_class"] == {"create": 1, "query": 1, "read": 1, "token": 1}


def test_the_workspace_pays_for_all_companies(store: Store) -> None:
    store.meter.charge("quickbooks", "core_plus", MONTH, realm="1")
    store.meter.charge("quickbooks", "core_plus", MONTH, realm="2")
    store.meter.charge("quickbooks", "core", MONTH, realm="2")
    assert store.meter.charged("quickbooks", "core_plus", MONTH) == 2
    store.limits.change("quickbooks", {"core_plus_per_month": 2}, month=MONTH)
    assert store.limits.month_is_used_up(MONTH)
    assert not store.limits.month_is_used_up("2026-12")


def test_the_meter_shows_the_most_calls_within_a_second_and_a_minute() -> None:
    pace = Pace()
    for at, name in ((0.0, "query"), (0.5, "query"), (0.9, "cdc"), (1.4, "query"), (30, "query"), (61, "query")):
        pace.step(name, at)
    assert pace.peaks == {1.0: {"query": 2, "all": 3, "cdc": 1}, 60.0: {"query": 4, "all": 5, "cdc": 1}}
    assert pace.closest == pytest.approx(0.4)


def test_peaks_are_told_by_class_and_forgotten_with_the_meter(client: Client) -> None:
    client.session.post(f"{client.url}/sandbox/meter/reset")
    statuses(client, 3)
    assert client.meter()["peak_per_minute"] == {"preferences": 3, "all": 3}
    client.session.post(f"{client.url}/sandbox/meter/reset")
    assert client.meter()["peak_per_second"] == {}
    assert client.meter()["minimum_spacing_ms"] is None


def test_every_limit_of_the_preset_is_one(store: Store) -> None:
    for name, preset in PRESETS.items():
        store.limits.change("quickbooks", preset, month=MONTH)
        assert {key: store.limits.of("quickbooks")[key] for key in preset} == preset, name


def test_a_month_is_that_of_the_service(store: Store) -> None:
    from include.sandbox.quickbooks.wire import month_of

    assert month_of(dt.datetime(2026, 12, 1, 7, 59, tzinfo=dt.UTC)) == MONTH
    assert month_of(dt.datetime(2026, 12, 1, 8, 0, tzinfo=dt.UTC)) == "2026-12"
