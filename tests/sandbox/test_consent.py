"""The consent page and the code it gives out: who is asked what, where the answer goes, what a code is good for."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from include.sandbox.quickbooks.engine import Books
from include.sandbox.store import Store

from .conftest import REALM, Client

CALLBACK = "http://localhost:9999/callback"
STATE = "s\"t<a>&é ?t'e"
ACCOUNTING = "com.intuit.quickbooks.accounting"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
S256 = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")


class Form(HTMLParser):
    """The fields and the words of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.hidden: dict[str, str] = {}
        self.companies: list[str] = []
        self.words = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if values.get("type") == "hidden":
            self.hidden[values["name"]] = values["value"]
        if values.get("type") == "radio":
            self.companies.append(values["value"])

    def handle_data(self, data: str) -> None:
        self.words += data


def asks(client: Client, **changes: str) -> dict[str, str]:
    """What an app asks for; an empty value is left out."""
    asked = {
        "client_id": client.credentials["client_id"],
        "response_type": "code",
        "scope": ACCOUNTING,
        "redirect_uri": CALLBACK,
        "state": STATE,
        **changes,
    }
    return {name: value for name, value in asked.items() if value}


def opened(client: Client, **changes: str) -> requests.Response:
    address = f"{client.url}/connect/oauth2"
    return requests.get(address, params=asks(client, **changes), allow_redirects=False)


def decided(client: Client, decision: str = "connect", realm: str = REALM, **changes: str) -> requests.Response:
    body = {**asks(client, **changes), "decision": decision, "realm": realm}
    return requests.post(f"{client.url}/connect/oauth2", data=body, allow_redirects=False)


def brought(answer: requests.Response) -> dict[str, str]:
    """What a redirect brings to the app."""
    assert answer.status_code == 302, answer.text
    address = urlsplit(answer.headers["location"])
    assert f"{address.scheme}://{address.netloc}{address.path}" == CALLBACK
    return dict(parse_qsl(address.query, strict_parsing=True))


def code(client: Client, **changes: str) -> str:
    return brought(decided(client, **changes))["code"]


def exchange(client: Client, code: str, **form: str) -> requests.Response:
    known = client.credentials
    body = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, **form}
    return requests.post(known["token_url"], data=body, auth=(known["client_id"], known["client_secret"]))


def error(answer: requests.Response) -> tuple[int, Any]:
    assert answer.headers["intuit_tid"]
    return answer.status_code, answer.json()["error"]


def test_the_page_names_the_app_the_scopes_and_the_companies(client: Client, books: Books) -> None:
    Books(books.store, "9341453000000002").found(name="<script>alert('Söhne')</script>")
    answer = opened(client, scope=f"{ACCOUNTING} openid")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "<script" not in answer.text
    page = Form(answer.text)
    assert page.companies == [REALM, "9341453000000002"]
    for word in (
        "The app of this sandbox",
        "invoices",
        "Know who you are",
        "<script>alert('Söhne')</script>",
        CALLBACK,
    ):
        assert word in page.words


def test_the_form_of_the_page_leads_back_to_the_app(client: Client) -> None:
    page = Form(opened(client, scope=f"{ACCOUNTING} openid").text)
    body = {**page.hidden, "realm": page.companies[0], "decision": "connect"}
    answer = brought(requests.post(f"{client.url}/connect/oauth2", data=body, allow_redirects=False))
    assert (answer.keys(), answer["state"], answer["realmId"]) == ({"code", "state", "realmId"}, STATE, REALM)
    assert len(answer["code"]) <= 512


def test_a_query_of_the_redirect_address_is_kept(client: Client) -> None:
    address = decided(client, redirect_uri=f"{CALLBACK}?tenant=7").headers["location"]
    assert dict(parse_qsl(urlsplit(address).query)).keys() == {"tenant", "code", "state", "realmId"}


def test_cancel_brings_access_denied(client: Client) -> None:
    assert brought(decided(client, "cancel")) == {"error": "access_denied", "state": STATE}


def test_a_wrong_scope_brings_invalid_scope(client: Client) -> None:
    for scope in ("", " ", "com.intuit.quickbooks.payroll", f"{ACCOUNTING} everything"):
        for answer in (opened(client, scope=scope), decided(client, scope=scope)):
            assert brought(answer) == {"error": "invalid_scope", "state": STATE}


def test_what_is_wrong_with_the_request_is_shown_and_goes_nowhere(client: Client) -> None:
    wrong = [
        {"client_id": "another"},
        {"client_id": ""},
        {"redirect_uri": ""},
        {"redirect_uri": "https://example.com/callback"},
        {"redirect_uri": "http://localhost@example.com/"},
        {"redirect_uri": "http://localhost/<script>\r\nx: y"},
        {"response_type": "token"},
        {"response_type": ""},
        {"state": ""},
        {"code_challenge_method": "S512"},
    ]
    for change in wrong:
        for answer in (opened(client, **change), decided(client, **change), decided(client, "cancel", **change)):
            assert (answer.status_code, "location" in answer.headers) == (400, False), change
            assert "This app cannot be connected" in Form(answer.text).words
            assert "<script>" not in answer.text


def test_a_decision_nobody_can_make_goes_nowhere(client: Client) -> None:
    for decision, realm in (("connect", "77"), ("connect", ""), ("", REALM), ("perhaps", REALM)):
        answer = decided(client, decision, realm)
        assert (answer.status_code, "location" in answer.headers) == (400, False)


def test_without_a_company_there_is_nothing_to_connect(client: Client, store: Store) -> None:
    store.put_setting("qb_realms", [])
    assert "load a scenario first" in opened(client).text


def test_a_code_is_exchanged_once(client: Client) -> None:
    got = code(client)
    answer = exchange(client, got)
    assert answer.status_code == 200
    assert set(answer.json()) == {
        "x_refresh_token_expires_in",
        "refresh_token",
        "access_token",
        "token_type",
        "expires_in",
    }
    assert "no-store" in answer.headers["cache-control"]
    client.session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    assert client.get("preferences").status_code == 200
    again = exchange(client, got)
    assert (again.status_code, again.content) == (400, b'{"error":"invalid_grant"}')


def test_a_code_lives_five_minutes(client: Client, store: Store) -> None:
    first, second = code(client), code(client)
    store.clock.advance(dt.timedelta(seconds=299))
    assert exchange(client, first).status_code == 200
    store.clock.advance(dt.timedelta(seconds=1))
    assert error(exchange(client, second)) == (400, "invalid_grant")


def test_a_wrong_redirect_address_gets_nothing_and_does_not_use_the_code_up(client: Client) -> None:
    got = code(client)
    assert error(exchange(client, got, redirect_uri="http://localhost:9999/other")) == (400, "invalid_grant")
    assert error(exchange(client, got, redirect_uri="")) == (400, "invalid_request")
    assert error(exchange(client, "")) == (400, "invalid_request")
    assert exchange(client, got).status_code == 200


@pytest.mark.parametrize(
    "challenge", [{"code_challenge": S256, "code_challenge_method": "S256"}, {"code_challenge": VERIFIER}]
)
def test_a_challenge_asks_for_its_verifier(client: Client, challenge: dict[str, str]) -> None:
    got = code(client, **challenge)
    assert error(exchange(client, got)) == (400, "invalid_grant")
    assert error(exchange(client, got, code_verifier=S256 + "x")) == (400, "invalid_grant")
    assert exchange(client, got, code_verifier=VERIFIER).status_code == 200


def test_without_a_challenge_no_verifier_is_asked_for(client: Client) -> None:
    assert exchange(client, code(client), code_verifier="anything").status_code == 200


def test_connecting_again_begins_the_five_years_anew_and_the_old_token_goes_by_its_overlap(
    client: Client, store: Store
) -> None:
    old = client.credentials["refresh_token"]
    store.clock.advance(dt.timedelta(days=90))
    new = exchange(client, code(client)).json()["refresh_token"]
    assert new != old
    assert exchange(client, "", grant_type="refresh_token", refresh_token=old).json()["refresh_token"] == new
    store.clock.advance(dt.timedelta(days=1))
    assert error(exchange(client, "", grant_type="refresh_token", refresh_token=old)) == (400, "invalid_grant")
    assert exchange(client, "", grant_type="refresh_token", refresh_token=new).status_code == 200


def test_the_same_consent_brings_the_same_code_after_a_reset(client: Client, store: Store, books: Books) -> None:
    first = code(client)
    store.clear()
    books.found(name="Empty Backflow")
    assert code(client) == first
