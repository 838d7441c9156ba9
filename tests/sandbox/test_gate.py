"""What the gateway says to calls that may not reach a company."""

from __future__ import annotations

import json
from typing import Any

import requests

from include.sandbox.quickbooks.connect.oauth import Tokens
from include.sandbox.quickbooks.engine import Books
from include.sandbox.store import Store

from .conftest import REALM, Client


def refused(client: Client, authorization: str | None, realm: str = REALM) -> tuple[int, str, str, str | None]:
    """Status, code, message and detail of a refusal."""
    headers = {} if authorization is None else {"Authorization": authorization}
    answer = requests.get(f"{client.url}/v3/company/{realm}/preferences", headers=headers)
    (error,) = answer.json()["fault"]["error"]
    assert answer.headers["intuit_tid"]
    assert ("invalid_token" in answer.headers.get("www-authenticate", "")) is (answer.status_code == 401)
    return answer.status_code, error["code"], error["message"], error["detail"]


def test_no_token(client: Client) -> None:
    for authorization in (None, "", "Bearer", "Bearer ", "Basic YTpi"):
        status, code, message, _ = refused(client, authorization)
        assert (status, code, message) == (401, "3202", "message=EmptyField; errorCode=003202; statusCode=401")


def test_a_token_that_cannot_be_one(client: Client) -> None:
    for token in ("nonsense", "x" * 99, "x" * 4097):
        status, code, message, detail = refused(client, f"Bearer {token}")
        assert (status, code) == (401, "3200")
        assert message == "message=AuthenticationFailed; errorCode=003200; statusCode=401"
        assert detail == "Malformed bearer token: too short or too long"


def test_a_token_that_has_ended(client: Client) -> None:
    known = client.credentials["access_token"]
    requests.post(f"{client.url}/sandbox/oauth", json={"forget": "access"})
    status, code, _, detail = refused(client, f"Bearer {known}")
    assert (status, code) == (401, "3200")
    assert detail is not None
    assert detail.startswith("Token expired: AB01")
    assert known not in detail


def test_a_token_of_another_company_opens_only_its_own(client: Client, books: Books) -> None:
    other = "9341453000000002"
    Books(books.store, other).found(name="Other")
    token = requests.get(f"{client.url}/sandbox/credentials", params={"realm": other}).json()["access_token"]
    status, code, message, _ = refused(client, f"Bearer {token}")
    assert (status, code, message) == (403, "3100", "message=AuthorizationFailed; errorCode=003100; statusCode=403")
    assert refused(client, f"Bearer {client.credentials['access_token']}", realm=other)[:2] == (403, "3100")
    client.session.headers["Authorization"] = f"bearer {token}"
    answer = client.session.get(f"{client.url}/v3/company/{other}/preferences")
    assert answer.status_code == 200


def test_a_token_without_the_accounting_scope_reads_no_books(client: Client, store: Store) -> None:
    token: Any = Tokens(store).connected(REALM, "openid")["access_token"]
    assert refused(client, f"Bearer {token}")[:2] == (403, "3100")
    shown = requests.get(f"{client.url}/v1/openid_connect/userinfo", headers={"Authorization": f"Bearer {token}"})
    assert list(shown.json()) == ["sub"]


def test_the_envelope_is_the_gateways_own(client: Client) -> None:
    answer = requests.get(f"{client.url}/v3/company/{REALM}/preferences")
    assert json.loads(answer.text)["fault"]["type"] == "AUTHENTICATION"
    assert set(answer.json()) >= {"warnings", "intuitObject", "report", "queryResponse", "cdcresponse", "time"}
