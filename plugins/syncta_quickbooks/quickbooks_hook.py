"""The QuickBooks connection, resolved into a client of `include.quickbooks`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseHook
from airflow.sdk.exceptions import AirflowNotFoundException
from airflow.sdk.log import mask_secret

from include.errors import ConnectionMissing, SyncError, WrongCompany

if TYPE_CHECKING:
    from include.ledger.database import Ledger
    from include.ledger.pace import Limits
    from include.quickbooks.auth import Credentials
    from include.quickbooks.client import QuickBooksClient
    from include.records import Scope
    from include.settings import Company
    from include.sync.watch import Outlook
    from include.tokens import Tokens, TokenStore


class QuickBooksHook(BaseHook):
    """A QuickBooks company. Tokens live in the ledger; the connection holds what does not change."""

    conn_name_attr = "quickbooks_conn_id"
    default_conn_name = "quickbooks_default"
    conn_type = "quickbooks"
    hook_name = "QuickBooks Online"

    def __init__(self, quickbooks_conn_id: str = default_conn_name) -> None:
        super().__init__()
        self.quickbooks_conn_id = quickbooks_conn_id

    def client(self, company: Company, *, finishing: bool = False) -> QuickBooksClient:
        """A client for the company's books, which keeps to the company's limits together with all other tasks.

        `finishing` is for loads: what they have sent they may look up with the last of the month's reads.
        ConnectionMissing without a connection, WrongCompany if it names another realm or environment than the settings.
        """
        credentials = self.credentials()
        if (credentials.realm_id, credentials.environment) != (company.realm_id, company.environment):
            raise WrongCompany(
                f"The connection {self.quickbooks_conn_id} is for realm {credentials.realm_id} "
                f"({credentials.environment}), the settings of {company.key} name {company.realm_id} "
                f"({company.environment}). Correct the one that is wrong; nothing was written."
            )
        return _client(credentials, company.scope, _limits(company), finishing=finishing)

    def credentials(self) -> Credentials:
        """What the connection holds; secrets are masked in logs from here on."""
        from include.quickbooks.auth import Credentials

        try:
            connection = self.get_connection(self.quickbooks_conn_id)
        except AirflowNotFoundException:
            raise ConnectionMissing(
                f"There is no connection {self.quickbooks_conn_id}. Add it in Airflow, type QuickBooks Online."
            ) from None
        extra: dict[str, Any] = connection.extra_dejson
        for secret in (connection.password, extra.get("refresh_token")):
            if secret:
                mask_secret(secret)
        return Credentials(
            client_id=connection.login or "",
            client_secret=connection.password or "",
            **{
                name: extra.get(name) or ""
                for name in ("realm_id", "environment", "base_url", "token_url", "refresh_token")
            },
        )

    def outlook(self, company: Company) -> Outlook:
        """Until when the sign-in and the month's reads last, with what a person should know in time."""
        from include.settings import environment
        from include.sync.watch import look_ahead

        ledger = _ledger()
        tokens, monthly = _tokens(ledger, company.scope), environment().metered_reads_per_month
        return look_ahead(ledger, company.environment, tokens, monthly)

    def get_conn(self) -> Credentials:
        """What Airflow expects of a hook: here, the credentials."""
        return self.credentials()

    def test_connection(self) -> tuple[bool, str]:
        """For the Test button. A token is never renewed here: what is kept is used, or only looked at."""
        from include.records import Scope

        try:
            credentials = self.credentials()
            company = _company_with(self.quickbooks_conn_id)
            key = company.key if company else self.quickbooks_conn_id.removeprefix("quickbooks_")
            scope = Scope(key, credentials.realm_id, credentials.environment)
            with _client(credentials, scope, _limits(company)) as client:
                return True, client.test()
        except SyncError as error:
            return False, str(error)


def _client(credentials: Credentials, scope: Scope, limits: Limits, *, finishing: bool = False) -> QuickBooksClient:
    """The one way to a client here: none goes past the company's gate."""
    from include.ledger.pace import STOP_SHARE, LedgerGate
    from include.quickbooks.client import QuickBooksClient
    from include.settings import environment

    ledger, share = _ledger(), 1.0 if finishing else STOP_SHARE
    gate = LedgerGate(ledger, scope, limits, environment().metered_reads_per_month, share=share)
    return QuickBooksClient(credentials, _tokens(ledger, scope), gate=gate)


def _ledger() -> Ledger:
    from include.ledger.database import Ledger
    from include.settings import environment

    return Ledger.open(environment().ledger_url)


def _tokens(ledger: Ledger, scope: Scope) -> TokenStore:
    from include.ledger.tokens import LedgerTokenStore
    from include.settings import environment

    return MaskedTokens(LedgerTokenStore(ledger, environment().ledger_key, scope))


def _limits(company: Company | None) -> Limits:
    from include.ledger.pace import Limits

    if company is None:
        return Limits()
    return Limits(company.calls_per_minute, company.calls_per_second, company.batches_per_minute)


class MaskedTokens:
    """A token store whose tokens Airflow masks in logs as soon as they are known."""

    def __init__(self, store: TokenStore) -> None:
        self._store = store

    def load(self) -> Tokens | None:
        """The tokens saved last."""
        return _masked(self._store.load())

    def refresh(self, turn: Callable[[Tokens | None], Tokens], *, stale: str | None) -> Tokens:
        """New tokens, masked before anything else can see them."""

        def masked_turn(current: Tokens | None) -> Tokens:
            fresh = turn(current)
            _masked(fresh)
            return fresh

        return self._store.refresh(masked_turn, stale=stale)

    def mark_reconnect_needed(self, reason: str) -> None:
        """Remember that a person must connect again."""
        self._store.mark_reconnect_needed(reason)

    def reconnect_needed(self) -> str:
        """The reason remembered."""
        return self._store.reconnect_needed()


def _masked(tokens: Tokens | None) -> Tokens | None:
    if tokens:
        mask_secret(tokens.access_token)
        mask_secret(tokens.refresh_token)
    return tokens


def _company_with(conn_id: str) -> Company | None:
    """The company whose settings name this connection."""
    from include.settings import valid_companies

    named = (company for company in valid_companies()[0].values() if company.quickbooks_connection == conn_id)
    return next(named, None)
