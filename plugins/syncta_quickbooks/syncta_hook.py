"""The Syncta connection, resolved into a client of `include.syncta` over the HTTP provider's session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.providers.http.hooks.http import HttpHook
from airflow.sdk import BaseHook
from airflow.sdk.exceptions import AirflowNotFoundException
from airflow.sdk.log import mask_secret
from requests import PreparedRequest
from requests.auth import AuthBase

from include.errors import ConnectionMissing, SyncError

if TYPE_CHECKING:
    from include.settings import Company
    from include.syncta.client import SynctaClient


class ApiKey(AuthBase):
    """Signs a request with the account's key."""

    def __init__(self, key: str) -> None:
        self._key = key

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._key}"
        return request


class SynctaHook(BaseHook):
    """A Syncta account: host, schema, port and the API key as password; nothing in the extra."""

    conn_name_attr = "syncta_conn_id"
    default_conn_name = "syncta_default"
    conn_type = "syncta"
    hook_name = "Syncta"

    def __init__(self, syncta_conn_id: str = default_conn_name) -> None:
        super().__init__()
        self.syncta_conn_id = syncta_conn_id

    def client(self, company: Company) -> SynctaClient:
        """A client of the account, with the company's zone. ConnectionMissing without a usable connection."""
        client = self.get_conn()
        return client.in_zone(company.zone)

    def get_conn(self) -> SynctaClient:
        """A client of the account; days are taken in UTC."""
        from include.syncta.client import SynctaClient

        key = self._key()
        hook = HttpHook(method="GET", http_conn_id=self.syncta_conn_id, auth_type=lambda: ApiKey(key))
        session = hook.get_conn()
        return SynctaClient(session, hook.base_url)

    def test_connection(self) -> tuple[bool, str]:
        """For the Test button: asks whose account it is."""
        try:
            return True, self.get_conn().test()
        except SyncError as error:
            return False, str(error)

    def _key(self) -> str:
        try:
            connection = self.get_connection(self.syncta_conn_id)
        except AirflowNotFoundException:
            raise ConnectionMissing(
                f"There is no connection {self.syncta_conn_id}. Add it in Airflow, type Syncta."
            ) from None
        if not connection.host or not connection.password:
            raise ConnectionMissing(f"The connection {self.syncta_conn_id} lacks its host or its API key (password).")
        if connection.login or connection.extra_dejson:
            raise ConnectionMissing(
                f"The connection {self.syncta_conn_id} has a login or an extra; both must be empty: "
                "what stands in the extra would be sent as headers."
            )
        mask_secret(connection.password)
        return str(connection.password)
