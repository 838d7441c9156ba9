"""The token endpoint: refresh, rotation, overlap, expiry."""

from __future__ import annotations

import datetime as dt

import pytest
import requests

from include.sandbox.store import Store

from .conftest import REALM, Client

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


def refresh(client: Client, token: str, *, secret: str = "", **form: str) -> requests.Response:
    known = client.credentials
    body = {"grant_type": "refresh_token", "refresh_token": token, **form}
    return requests.post(known["token_url"], data=body, auth=(known["client_id"], secret or known["client_secret"]))


def client_login(client: Client) -> tuple[str, str]:
    return client.credentials["client_id"], client.credentials["client_secret"]


def reads(client: Client, token: str) -> int:
    address = f"{client.url}/v3/company/{REALM}/preferences"
    return requests.get(address, headers={"Authorization": f"Bearer {token}"}).status_code


def test_discovery_names_this_server(client: Client) -> None:
    found = requests.get(client.credentials["discovery_url"]).json()
    assert found["token_endpoint"] == client.credentials["token_url"]
    assert all(found[name].startswith(client.url) for name in found if name.endswith(("_endpoint", "_uri", "issuer")))
    for path in ("discovery", ".well-known/openid_configuration", ".well-known/openid_sandbox_configuration"):
        for slash in ("", "/"):
            answer = requests.get(f"{client.url}/{path}{slash}", allow_redirects=False)
            assert (answer.status_code, answer.json()) == (200, found)


def test_within_a_day_the_refresh_token_keeps_its_value(client: Client) -> None:
    old = client.credentials["refresh_token"]
    answer = refresh(client, old)
    assert answer.json()["refresh_token"] == old
    assert answer.json()["expires_in"] == 3600
    assert reads(client, answer.json()["access_token"]) == 200


def test_after_a_day_it_changes_and_the_old_one_works_one_day_more(client: Client, store: Store) -> None:
    old = client.credentials["refresh_token"]
    store.clock.advance(DAY)
    new = refresh(client, old).json()["refresh_token"]
    assert new != old
    assert refresh(client, old).json()["refresh_token"] == new
    store.clock.advance(DAY)
    lost = refresh(client, old)
    assert (lost.status_code, lost.json()["error"]) == (400, "invalid_grant")
    assert refresh(client, new).status_code == 200


def test_an_access_token_lives_an_hour(client: Client, store: Store) -> None:
    token = client.credentials["access_token"]
    store.clock.advance(HOUR - dt.timedelta(seconds=1))
    assert reads(client, token) == 200
    store.clock.advance(dt.timedelta(seconds=1))
    assert reads(client, token) == 401


def test_a_refresh_token_dies_unused_after_a_hundred_and_one_days(client: Client, store: Store) -> None:
    store.clock.advance(101 * DAY)
    assert refresh(client, client.credentials["refresh_token"]).json()["error"] == "invalid_grant"


def test_client_id_and_secret_may_come_in_the_body(client: Client) -> None:
    known = client.credentials
    body = {name: known[name] for name in ("client_id", "client_secret", "refresh_token")}
    assert requests.post(known["token_url"], data={"grant_type": "refresh_token", **body}).status_code == 200


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        ({"secret": "wrong"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": ""}, 400, "invalid_request"),
        ({"grant_type": "client_credentials"}, 400, "unsupported_grant_type"),
        ({"refresh_token": "AB11nonsense"}, 400, "invalid_grant"),
        ({"refresh_token": ""}, 400, "invalid_request"),
    ],
)
def test_a_wrong_request_is_refused_in_oauths_words(
    client: Client, change: dict[str, str], status: int, error: str
) -> None:
    answer = refresh(client, change.pop("refresh_token", client.credentials["refresh_token"]), **change)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.headers["intuit_tid"]


def test_a_revoked_connection_is_over(client: Client) -> None:
    known = client.credentials
    address = f"{client.url}/v2/oauth2/tokens/revoke"
    answer = requests.post(
        address, json={"token": known["refresh_token"]}, auth=(known["client_id"], known["client_secret"])
    )
    assert answer.status_code == 200
    over = {"error": "invalid_grant", "error_description": "Token invalid"}
    assert refresh(client, known["refresh_token"]).json() == over
    assert reads(client, known["access_token"]) == 401


def test_either_token_revokes_and_a_form_is_as_good_as_json(client: Client) -> None:
    login, address = client_login(client), f"{client.url}/v2/oauth2/tokens/revoke"
    for kind in ("access_token", "refresh_token"):
        known = requests.get(f"{client.url}/sandbox/credentials").json()
        assert requests.post(address, data={"token": known[kind]}, auth=login).status_code == 200
        assert reads(client, known["access_token"]) == 401
        assert requests.post(address, data={"token": known[kind]}, auth=login).status_code == 200


def test_what_is_no_token_revokes_nothing(client: Client) -> None:
    address = f"{client.url}/v2/oauth2/tokens/revoke"
    bodies = [b"", b"[]", b"{", b'{"token": null}', b'{"token": {"a": 1}}', b"token=unknown", b"\xff\xfe", b"[" * 99999]
    for body in bodies:
        answer = requests.post(address, data=body, auth=client_login(client))
        assert (answer.status_code, answer.json()) == (400, {"error": "invalid_request"}), body
    assert requests.post(address, data={"token": client.credentials["access_token"]}).status_code == 401
    assert reads(client, client.credentials["access_token"]) == 200


def test_a_header_that_is_no_login_is_refused_in_oauths_words(client: Client) -> None:
    for login in (b"Basic", b"Basic \xff", b"Basic ====", b"Basic YQ==", b"Bearer x"):
        body = {"grant_type": "refresh_token", "refresh_token": client.credentials["refresh_token"]}
        answer = requests.post(client.credentials["token_url"], data=body, headers={"Authorization": login})
        assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"}), login


def test_a_wrong_wish_changes_no_lifetime(client: Client) -> None:
    foreign = {"forget": "all", "realm": "7"}
    for wish in ({"acces": 1}, {"access": "1"}, {"access": -1}, {"access": True}, {"forget": "me"}, foreign, []):
        answer = requests.post(f"{client.url}/sandbox/oauth", json=wish)
        assert (answer.status_code, set(answer.json())) == (400, {"error"}), wish
    assert reads(client, client.credentials["access_token"]) == 200


def test_lifetimes_can_be_ordered(client: Client) -> None:
    requests.post(f"{client.url}/sandbox/oauth", json={"rotate_after": 0, "overlap": 0, "access": 60})
    old = client.credentials["refresh_token"]
    answer = refresh(client, old).json()
    assert (answer["expires_in"], answer["refresh_token"] == old) == (60, False)
    assert refresh(client, old).json()["error"] == "invalid_grant"


def test_the_hard_end_is_told_when_asked_for(client: Client) -> None:
    known = client.credentials
    body = {"grant_type": "refresh_token", "refresh_token": known["refresh_token"]}
    headers = {"x-include-refresh-token-hard-expires-in": "true"}
    login = (known["client_id"], known["client_secret"])
    answer = requests.post(known["token_url"], data=body, auth=login, headers=headers).json()
    assert answer["x_refresh_token_hard_expires_in"] == 5 * 365 * 86400


def test_after_five_years_the_connection_ends_however_often_it_was_refreshed(client: Client, store: Store) -> None:
    token = client.credentials["refresh_token"]
    for _ in range(18):
        store.clock.advance(100 * DAY)
        answer = refresh(client, token).json()
        token = answer["refresh_token"]
    assert answer["x_refresh_token_expires_in"] == 25 * 86400
    store.clock.advance(25 * DAY)
    over = {"error": "invalid_grant", "error_description": "Incorrect or invalid refresh token"}
    assert refresh(client, token).json() == over
    anew = requests.get(f"{client.url}/sandbox/credentials").json()["refresh_token"]
    assert refresh(client, anew).json()["x_refresh_token_expires_in"] == 8726400


def test_the_hard_end_can_be_ordered_near(client: Client, store: Store) -> None:
    requests.post(f"{client.url}/sandbox/oauth", json={"hard": 3600})
    token = client.credentials["refresh_token"]
    assert refresh(client, token).json()["x_refresh_token_expires_in"] == 3600
    store.clock.advance(HOUR)
    assert refresh(client, token).json()["error"] == "invalid_grant"
