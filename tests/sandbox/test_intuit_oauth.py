"""intuit-oauth as it is published, against the sandbox; then python-quickbooks with its client."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from intuitlib.client import AuthClient
from intuitlib.enums import Scopes
from intuitlib.exceptions import AuthClientError
from intuitlib.utils import validate_id_token
from quickbooks import QuickBooks
from quickbooks.objects.company_info import CompanyInfo

from include.sandbox.store import Store

from .conftest import REALM, Client

CALLBACK = "http://127.0.0.1:9999/callback"
EVERYTHING = [Scopes.ACCOUNTING, Scopes.OPENID, Scopes.PROFILE, Scopes.EMAIL, Scopes.PHONE, Scopes.ADDRESS]


@pytest.fixture
def auth(client: Client, store: Store) -> Iterator[AuthClient]:
    """An app that has not connected yet. The clock runs: id tokens are checked by the machine's own time."""
    store.clock.set(dt.datetime.now(dt.UTC))
    known = client.credentials
    with AuthClient(known["client_id"], known["client_secret"], CALLBACK, known["discovery_url"]) as auth:
        yield auth


def consent(auth: AuthClient, scopes: list[Scopes], decision: str = "connect") -> dict[str, str]:
    """What comes back to the app's callback after a person has decided."""
    page = urlsplit(auth.get_authorization_url(scopes, "a state"))
    form = {**dict(parse_qsl(page.query)), "realm": REALM, "decision": decision}
    answer = requests.post(f"{page.scheme}://{page.netloc}{page.path}", data=form, allow_redirects=False)
    return dict(parse_qsl(urlsplit(answer.headers["location"]).query))


def connect(auth: AuthClient, scopes: list[Scopes] | None = None) -> dict[str, str]:
    came = consent(auth, scopes or EVERYTHING)
    auth.get_bearer_token(came["code"], realm_id=came["realmId"])
    return came


def test_an_app_connects_refreshes_and_disconnects(auth: AuthClient, store: Store) -> None:
    came = connect(auth)
    assert (came["state"], auth.realm_id, auth.expires_in) == ("a state", REALM, 3600)
    assert auth.x_refresh_token_expires_in == 8726400
    before = auth.access_token, auth.refresh_token
    auth.refresh()
    assert (auth.access_token == before[0], auth.refresh_token == before[1]) == (False, True)
    store.clock.advance(dt.timedelta(days=1))
    auth.refresh()
    assert auth.refresh_token != before[1]
    assert auth.revoke()
    with pytest.raises(AuthClientError) as over:
        auth.refresh()
    assert over.value.status_code == 400
    assert b"invalid_grant" in over.value.content
    assert over.value.intuit_tid


def test_the_page_of_the_authorization_url_opens(auth: AuthClient) -> None:
    answer = requests.get(auth.get_authorization_url(EVERYTHING))
    assert answer.status_code == 200
    assert auth.state_token in answer.text


def test_the_id_token_is_valid_and_tells_the_company(auth: AuthClient) -> None:
    connect(auth)
    assert auth.id_token
    assert validate_id_token(auth.id_token, auth.client_id, auth.issuer_uri, auth.jwks_uri)
    assert not validate_id_token(auth.id_token[:-9] + "AAAAAAAAA", auth.client_id, auth.issuer_uri, auth.jwks_uri)
    assert not validate_id_token(auth.id_token, "another app", auth.issuer_uri, auth.jwks_uri)


def test_without_openid_there_is_no_id_token_and_no_user(auth: AuthClient) -> None:
    connect(auth, [Scopes.ACCOUNTING])
    assert auth.id_token is None
    with pytest.raises(AuthClientError) as refused:
        auth.get_user_info()
    assert refused.value.status_code == 403


def test_the_user_is_told_as_far_as_the_scopes_go(auth: AuthClient) -> None:
    connect(auth)
    user = auth.get_user_info().json()
    assert (user["givenName"], user["emailVerified"], user["address"]["region"]) == ("Sandra", True, "CA")
    connect(auth, [Scopes.OPENID, Scopes.EMAIL, Scopes.ACCOUNTING])
    assert auth.get_user_info().json().keys() == {"sub", "email", "emailVerified"}


def test_who_says_no_is_asked_no_more(auth: AuthClient) -> None:
    assert consent(auth, EVERYTHING, "cancel") == {"error": "access_denied", "state": "a state"}
    assert consent(auth, [Scopes.PAYROLL]) == {"error": "invalid_scope", "state": "a state"}


def test_every_failure_is_an_error_of_the_library(auth: AuthClient) -> None:
    came = connect(auth)
    failures = {
        "a used code": lambda: auth.get_bearer_token(came["code"]),
        "an unknown refresh token": lambda: auth.refresh("AB11unknown"),
        "an unknown token to revoke": lambda: auth.revoke("AB11unknown"),
        "a bad access token": lambda: auth.get_user_info("nonsense"),
    }
    assert {name: _status(work) for name, work in failures.items()} == dict(
        zip(failures, (400, 400, 400, 401), strict=True)
    )
    auth.client_secret = "wrong"
    assert (_status(auth.refresh), _status(auth.revoke)) == (401, 401)
    auth.refresh_token = None
    with pytest.raises(ValueError, match="Refresh token not specified"):
        auth.refresh()


def test_python_quickbooks_refreshes_in_its_constructor(
    auth: AuthClient, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.setattr(QuickBooks, "api_url_v3", f"{auth.issuer_uri.removesuffix('/op/v1')}/v3")
    connect(auth)
    store.clock.advance(dt.timedelta(days=2))
    old, auth.access_token = auth.refresh_token, None
    qb = QuickBooks(auth_client=auth, refresh_token=old, company_id=REALM, minorversion=75)
    assert CompanyInfo.get(REALM, qb=qb).CompanyName == "Empty Backflow"
    assert qb.refresh_token == auth.refresh_token != old
    qb.session.close()


def _status(work: object) -> int:
    assert callable(work)
    with pytest.raises(AuthClientError) as failed:
        work()
    assert failed.value.intuit_tid
    return int(failed.value.status_code)
