"""What the local runner asks and does in the sandbox: as a client of both APIs, and as the people who use them."""

from collections.abc import Mapping
from typing import Any

import requests

from deploy.local.problems import StackProblem

TIMEOUT = (5, 60)


class SandboxApi:
    """Both systems of the sandbox, each at its own address."""

    def __init__(self, quickbooks_url: str, syncta_url: str) -> None:
        self.quickbooks_url = quickbooks_url
        self.syncta_url = syncta_url
        self._session = requests.Session()
        self._session.trust_env = False

    def is_ready(self) -> bool:
        """Whether both answer."""
        try:
            return all(
                self._session.get(f"{url}/sandbox/credentials", timeout=TIMEOUT).ok
                for url in (self.quickbooks_url, self.syncta_url)
            )
        except requests.ConnectionError:
            return False

    def quickbooks_credentials(self) -> dict[str, Any]:
        """client_id, client_secret, realm_id, access_token, refresh_token, base_url, token_url."""
        return self._ask("GET", f"{self.quickbooks_url}/sandbox/credentials")

    def syncta_credentials(self) -> dict[str, Any]:
        """api_key, base_url."""
        return self._ask("GET", f"{self.syncta_url}/sandbox/credentials")

    def quickbooks_meter(self) -> dict[str, Any]:
        """Calls and writes of the one company: core, core_plus, by_class, writes."""
        meter = self._ask("GET", f"{self.quickbooks_url}/sandbox/meter")
        return dict(meter.get(self.quickbooks_credentials()["realm_id"], {}))

    def syncta_meter(self) -> dict[str, Any]:
        """reads, writes, by_route."""
        return self._ask("GET", f"{self.syncta_url}/sandbox/meter")

    def reset_meters(self) -> None:
        """Count from zero again on both sides."""
        for url in (self.quickbooks_url, self.syncta_url):
            self._ask("POST", f"{url}/sandbox/meter/reset", {})

    def query(self, statement: str) -> list[dict[str, Any]]:
        """The records QuickBooks' query answers."""
        credentials = self.quickbooks_credentials()
        url = f"{self._company(credentials)}/query"
        found = self._ask(
            "GET", url, query={"query": statement, "minorversion": "75"}, token=credentials["access_token"]
        )
        blocks = found.get("QueryResponse", {}).values()
        return next((list(block) for block in blocks if isinstance(block, list)), [])

    def save(self, entity: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Create or update a record of QuickBooks, as its user would."""
        credentials = self.quickbooks_credentials()
        url = f"{self._company(credentials)}/{entity.lower()}"
        saved = self._ask("POST", url, body, query={"minorversion": "75"}, token=credentials["access_token"])
        return dict(saved[entity])

    def syncta(self, path: str, **query: Any) -> dict[str, Any]:
        """One GET of Syncta's API."""
        return self._ask("GET", f"{self.syncta_url}/v1{path}", query=query, token=self.syncta_credentials()["api_key"])

    def act(self, what: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """What only the sandbox can do: "clock", "close-books", "faults" and so on, of the QuickBooks port."""
        return self._ask("POST", f"{self.quickbooks_url}/sandbox/{what}", body)

    def syncta_user(self, method: str, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """What a person does at Syncta's screen: /customers, /invoices and their ids."""
        return self._ask(method, f"{self.syncta_url}/sandbox{path}", body)

    def _company(self, credentials: Mapping[str, Any]) -> str:
        return f"{credentials['base_url'].rstrip('/')}/v3/company/{credentials['realm_id']}"

    def _ask(
        self,
        method: str,
        url: str,
        body: Mapping[str, Any] | None = None,
        *,
        query: Mapping[str, Any] | None = None,
        token: str = "",
    ) -> dict[str, Any]:
        headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        answer = self._session.request(method, url, json=body, params=query, headers=headers, timeout=TIMEOUT)
        if not answer.ok:
            raise StackProblem(f"The sandbox answered {answer.status_code} to {method} {url}: {answer.text[:300]}")
        return dict(answer.json()) if answer.content else {}


def connections(sandbox: SandboxApi, company: str = "demo") -> dict[str, dict[str, Any]]:
    """The two Airflow connections of `company`, as a person would enter them in the UI."""
    books, office = sandbox.quickbooks_credentials(), sandbox.syncta_credentials()
    scheme, _, rest = office["base_url"].partition("://")
    host, _, port = rest.rstrip("/").partition(":")
    extra = {name: books[name] for name in ("realm_id", "refresh_token", "base_url", "token_url")}
    return {
        f"quickbooks_{company}": {
            "conn_type": "quickbooks",
            "description": "The sandbox's books",
            "login": books["client_id"],
            "password": books["client_secret"],
            "extra": {**extra, "environment": "sandbox"},
        },
        f"syncta_{company}": {
            "conn_type": "syncta",
            "description": "The sandbox's Syncta",
            "schema": scheme,
            "host": host,
            "port": int(port),
            "password": office["api_key"],
        },
    }
