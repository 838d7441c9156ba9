"""Signing in: who renews, when, what is saved, and what a refusal means."""

from __future__ import annotations

import base64
import datetime as dt
import logging
import threading
from dataclasses import replace

import pytest

from include.errors import (
    ConnectionMissing,
    ContractBroken,
    CredentialsRejected,
    RateLimited,
    ReconnectNeeded,
    SyncError,
    TemporaryOutage,
)
from include.quickbooks.auth import Credentials
from include.quickbooks.client import QuickBooksClient
from tests.quickbooks.fake_intuit import Asked, FakeIntuit, FakeStore, Reply, fault, tokens, tokens_reply

COMPANY = Reply({"CompanyInfo": {"CompanyName": "Testing Ltd", "Country": "US"}, "time": "2026-11-02T09:00:00Z"})
SECRETS = ("s3cret-of-app", "access-1", "access-2", "refresh-1", "refresh-2", "seed-1")


def grants(intuit: FakeIntuit) -> list[Asked]:
    return [asked for asked in intuit.asked if asked.path == "/token"]


def test_a_fresh_token_is_used_as_it_is(quickbooks: QuickBooksClient, intuit: FakeIntuit) -> None:
    intuit.script = [COMPANY, COMPANY]
    quickbooks.company()
    quickbooks.company()
    assert [asked.headers["Authorization"] for asked in intuit.asked] == ["Bearer access-1"] * 2


@pytest.mark.parametrize("minutes", [4, -10])
def test_a_token_near_or_past_its_end_is_renewed_first(
    quickbooks: QuickBooksClient, intuit: FakeIntuit, store: FakeStore, minutes: int
) -> None:
    store.tokens = tokens(minutes=minutes)
    intuit.script = [COMPANY]
    quickbooks.company()
    assert [asked.path for asked in intuit.asked] == [
        "/token",
        "/v3/company/9341453000000001/companyinfo/9341453000000001",
    ]
    assert intuit.calls[0].headers["Authorization"] == "Bearer access-2"


def test_the_grant_is_asked_for_with_basic_auth_and_the_stored_refresh_token(
    quickbooks: QuickBooksClient, intuit: FakeIntuit, store: FakeStore
) -> None:
    store.tokens = tokens(minutes=1)
    intuit.script = [COMPANY]
    quickbooks.company()
    [grant] = grants(intuit)
    assert base64.b64decode(grant.headers["Authorization"].removeprefix("Basic ")) == b"client:s3cret-of-app"
    assert grant.body == "grant_type=refresh_token&refresh_token=refresh-1"


def test_new_tokens_are_saved_before_their_first_use(
    quickbooks: QuickBooksClient, intuit: FakeIntuit, store: FakeStore
) -> None:
    """protocol 3.8"""
    store.tokens = tokens(minutes=1)
    saved_at_first_use: list[str] = []

    def company(_: Asked) -> Reply:
        saved_at_first_use.extend(saved.refresh_token for saved in store.saved)
        return COMPANY

    intuit.always = company
    quickbooks.company()
    assert saved_at_first_use == ["refresh-2"]


def test_an_empty_store_is_seeded_from_the_connection(
    connection: Credentials, intuit: FakeIntuit, waits: list[float]
) -> None:
    store = FakeStore(None)
    body = tokens_reply("access-2", "refresh-2").body
    assert isinstance(body, dict)
    intuit.grant = lambda asked: Reply(body | {"x_refresh_token_hard_expires_in": 157680000, "expires_in": "3600"})
    intuit.script = [COMPANY]
    with QuickBooksClient(replace(connection, refresh_token="seed-1"), store, sleep=waits.append) as client:
        client.company()
    assert grants(intuit)[0].body.endswith("refresh_token=seed-1")
    [saved] = store.saved
    now = dt.datetime.now(dt.UTC)
    assert dt.timedelta(minutes=59) < saved.access_expires_at - now <= dt.timedelta(hours=1)
    assert saved.refresh_expires_at - now > dt.timedelta(days=100)
    assert saved.hard_expires_at is not None
    assert saved.hard_expires_at - now > dt.timedelta(days=1824)


def test_without_tokens_and_seed_a_person_has_to_connect(
    quickbooks: QuickBooksClient, intuit: FakeIntuit, store: FakeStore
) -> None:
    store.tokens = None
    with pytest.raises(ReconnectNeeded, match="not connected yet"):
        quickbooks.company()
    assert intuit.asked == []


def test_a_refused_token_is_renewed_once_and_the_call_repeated_once(
    quickbooks: QuickBooksClient, intuit: FakeIntuit
) -> None:
    intuit.script = [fault("3200", 401), COMPANY]
    assert quickbooks.company().company_name == "Testing Ltd"
    assert [asked.headers["Authorization"] for asked in intuit.calls] == ["Bearer access-1", "Bearer access-2"]
    assert quickbooks.calls == {"companyinfo": 2, "token": 1}


def test_a_refused_fresh_token_ends_the_attempts(quickbooks: QuickBooksClient, intuit: FakeIntuit) -> None:
    intuit.always = lambda asked: fault("3200", 401)
    with pytest.raises(ReconnectNeeded, match="fresh access token"):
        quickbooks.company()
    assert len(intuit.calls) == 2
    assert len(grants(intuit)) == 1


def test_a_token_another_process_renewed_meanwhile_is_taken_over(
    quickbooks: QuickBooksClient, intuit: FakeIntuit, store: FakeStore
) -> None:
    def refuse_the_old(asked: Asked) -> Reply:
        if asked.headers["Authorization"] == "Bearer access-1":
            store.tokens = tokens("access-9", "refresh-9")
            return fault("3200", 401)
        return COMPANY

    intuit.always = refuse_the_old
    quickbooks.company()
    assert intuit.calls[-1].headers["Authorization"] == "Bearer access-9"
    assert grants(intuit) == []


def test_many_clients_renew_an_ended_token_once(connection: Credentials, intuit: FakeIntuit) -> None:
    """protocol 3.8"""
    store = FakeStore(tokens(minutes=-1))
    intuit.always = lambda asked: COMPANY

    def work() -> None:
        with QuickBooksClient(connection, store) as client:
            client.company()

    workers = [threading.Thread(target=work) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(intuit.calls) == 8
    assert len(grants(intuit)) == 1
    assert {asked.headers["Authorization"] for asked in intuit.calls} == {"Bearer access-2"}


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (
            Reply({"error": "invalid_grant", "error_description": "Incorrect or invalid refresh token"}, 400),
            ReconnectNeeded,
        ),
        (Reply({"error": "invalid_client"}, 401), CredentialsRejected),
        (Reply({"error": "invalid_client"}, 400), CredentialsRejected),
        (Reply({"error": "unauthorized_client"}, 400), CredentialsRejected),
        (Reply("", 403), CredentialsRejected),
        (Reply("", 429), RateLimited),
        (Reply("<html>503</html>", 503), TemporaryOutage),
        (Reply({"error": "unsupported_grant_type"}, 400), ContractBroken),
        (Reply("<html>welcome</html>", 200), ContractBroken),
        (Reply({"access_token": "", "refresh_token": "r"}, 200), ContractBroken),
        (tokens_reply("access\n2", "refresh-2"), ContractBroken),
        (tokens_reply("acc\u00e8s", "refresh-2"), ContractBroken),
        (Reply("", 302, {"Location": "/elsewhere"}), ContractBroken),
        (Reply(hang_up=True), TemporaryOutage),
    ],
)
def test_the_sign_in_service_is_asked_once_whatever_it_answers(
    quickbooks: QuickBooksClient, intuit: FakeIntuit, store: FakeStore, reply: Reply, expected: type[SyncError]
) -> None:
    store.tokens = tokens(minutes=1)
    intuit.grant = lambda asked: reply
    with pytest.raises(expected):
        quickbooks.preferences()
    assert len(grants(intuit)) == 1
    assert store.saved == []


def test_an_ended_grant_is_recorded(quickbooks: QuickBooksClient, intuit: FakeIntuit, store: FakeStore) -> None:
    store.tokens = tokens(minutes=1)
    intuit.grant = lambda asked: Reply({"error": "invalid_grant"}, 400)
    with pytest.raises(ReconnectNeeded):
        quickbooks.company()
    assert store.marked.startswith("invalid_grant ")


def test_once_the_grant_has_ended_every_run_fails_at_once_without_asking_again(
    connection: Credentials, intuit: FakeIntuit
) -> None:
    """rules 7: `reconnect_needed`"""
    store = FakeStore(tokens(minutes=1))
    intuit.grant = lambda asked: Reply({"error": "invalid_grant"}, 400)
    for _ in range(3):
        with QuickBooksClient(connection, store) as client, pytest.raises(ReconnectNeeded, match="reconnect_needed: "):
            client.company()
    assert len(grants(intuit)) == 1


def test_a_token_that_would_still_work_is_not_used_once_the_grant_has_ended(
    connection: Credentials, intuit: FakeIntuit
) -> None:
    store = FakeStore(tokens(minutes=1))
    intuit.grant = lambda asked: Reply({"error": "invalid_grant"}, 400)
    with QuickBooksClient(connection, store) as client, pytest.raises(ReconnectNeeded):
        client.company()
    store.tokens = tokens(minutes=60)
    with QuickBooksClient(connection, store) as client, pytest.raises(ReconnectNeeded):
        client.company()
    assert [asked for asked in intuit.asked if "companyinfo" in asked.path] == []


def test_after_a_grant_was_marked_as_ended_another_refresh_token_in_the_connection_is_tried(
    connection: Credentials, intuit: FakeIntuit
) -> None:
    store = FakeStore(tokens(minutes=1))
    ended = Reply({"error": "invalid_grant"}, 400)
    intuit.grant = lambda asked: tokens_reply("access-2", "refresh-2") if "seed-2" in asked.body else ended
    with QuickBooksClient(replace(connection, refresh_token="seed-1"), store) as client, pytest.raises(ReconnectNeeded):
        client.company()
    intuit.script = [COMPANY]
    with QuickBooksClient(replace(connection, refresh_token="seed-2"), store) as client:
        client.company()
    assert store.marked == ""


def test_after_an_ended_grant_a_new_refresh_token_in_the_connection_takes_over(
    connection: Credentials, intuit: FakeIntuit
) -> None:
    store = FakeStore(tokens(minutes=1))
    ended = Reply({"error": "invalid_grant"}, 400)
    intuit.grant = lambda asked: tokens_reply("access-2", "refresh-2") if "seed-1" in asked.body else ended
    intuit.script = [COMPANY]
    with QuickBooksClient(replace(connection, refresh_token="seed-1"), store) as client:
        client.company()
    assert store.saved[-1].refresh_token == "refresh-2"
    assert store.marked == ""


def test_the_test_button_never_renews(quickbooks: QuickBooksClient, intuit: FakeIntuit, store: FakeStore) -> None:
    intuit.script = [COMPANY, fault("3200", 401)]
    assert quickbooks.test().startswith("Connected to Testing Ltd")
    assert "next run renews it" in quickbooks.test()
    store.tokens = tokens(minutes=-1)
    assert "next run signs in" in quickbooks.test()
    assert grants(intuit) == []


@pytest.mark.parametrize("lacking", ["client_id", "client_secret", "realm_id"])
def test_an_incomplete_connection_names_the_missing_field(connection: Credentials, lacking: str) -> None:
    with pytest.raises(ConnectionMissing, match=lacking):
        replace(connection, **{lacking: ""})


@pytest.mark.parametrize("address", ["quickbooks", "ftp://127.0.0.1/", "http://[::1/"])
def test_an_address_that_is_none_is_for_a_person_to_correct(connection: Credentials, address: str) -> None:
    wrong = [
        (replace(connection, base_url=address), FakeStore(tokens())),
        (replace(connection, token_url=address), FakeStore(tokens(minutes=1))),
    ]
    for credentials, store in wrong:
        with (
            QuickBooksClient(credentials, store) as client,
            pytest.raises(ConnectionMissing, match="not a web address"),
        ):
            client.company()


def test_an_unknown_environment_is_refused(connection: Credentials) -> None:
    with pytest.raises(ConnectionMissing, match="environment"):
        replace(connection, environment="Sandbox ")


def test_addresses_default_to_intuits_own(connection: Credentials) -> None:
    real = replace(connection, base_url="", token_url="", environment="production")
    assert real.api_url == "https://quickbooks.api.intuit.com/v3"
    assert real.token_endpoint == "https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer"
    assert replace(real, environment="sandbox").api_url == "https://sandbox-quickbooks.api.intuit.com/v3"
    assert replace(real, base_url="http://127.0.0.1:8091/v3/").api_url == "http://127.0.0.1:8091/v3"


@pytest.mark.parametrize(
    "grant",
    [
        tokens_reply("access-2", "refresh-2"),
        Reply({"error": "invalid_grant", "refresh_token": "refresh-1"}, 400),
        Reply("refresh-1 s3cret-of-app", 500),
        Reply(hang_up=True),
    ],
)
def test_no_secret_is_shown_or_logged(
    connection: Credentials, intuit: FakeIntuit, caplog: pytest.LogCaptureFixture, grant: Reply
) -> None:
    caplog.set_level(logging.DEBUG)
    store = FakeStore(tokens(minutes=1))
    intuit.grant = lambda asked: grant
    intuit.always = lambda asked: Reply({"fault": {"error": [{"code": "3100", "detail": "access-2"}]}}, 403)
    seeded = replace(connection, refresh_token="seed-1")
    shown = [repr(seeded), str(seeded), repr(tokens())]
    with QuickBooksClient(seeded, store, sleep=lambda seconds: None) as client, pytest.raises(SyncError) as raised:
        client.company()
    error: BaseException | None = raised.value
    while error is not None:
        shown.append(repr(error))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    shown.append(caplog.text)
    assert not [secret for secret in SECRETS if secret in "\n".join(shown)]
