"""kill -9 in the middle of writes: what was acknowledged is there once, nothing is there in part."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import Any

import requests

from tests.sandbox_server import RunningSandbox, running_sandbox

from .conftest import sale

THREADS, PARTS, ENOUGH = 4, 3, 40


class Writer(threading.Thread):
    """Sends batches of invoices, each under its own request id, until nobody answers any more."""

    def __init__(self, sandbox: RunningSandbox, customer: str, number: int, stop: threading.Event) -> None:
        super().__init__()
        self.sandbox, self.customer, self.number, self.stop = sandbox, customer, number, stop
        self.sent: list[str] = []
        self.acknowledged: dict[str, list[str]] = {}

    def run(self) -> None:
        with requests.Session() as session:
            while True:
                id_ = f"{self.number}-{len(self.sent)}"
                self.sent.append(id_)
                try:
                    self.acknowledged[id_] = send(self.sandbox, self.customer, id_, session)
                except requests.RequestException:
                    return
                if len(self.acknowledged) >= ENOUGH:
                    self.stop.set()


def path(sandbox: RunningSandbox, rest: str) -> tuple[str, dict[str, str]]:
    told = sandbox.credentials()
    address = f"{sandbox.quickbooks_url}/v3/company/{told['realm_id']}/{rest}"
    return address, {"Authorization": f"Bearer {told['access_token']}"}


def send(sandbox: RunningSandbox, customer: str, id_: str, session: requests.Session) -> list[str]:
    """Three invoices of 1, 2 and 3 in one batch; their ids."""
    items = [
        {"bId": str(n), "operation": "create", "Invoice": sale(customer, n, DocNumber=f"{id_}-{n}")}
        for n in range(1, PARTS + 1)
    ]
    address, login = path(sandbox, "batch")
    answer = session.post(
        address, json={"BatchItemRequest": items}, params={"requestid": id_}, headers=login, timeout=30
    )
    return [item["Invoice"]["Id"] for item in answer.json()["BatchItemResponse"]]


def query(sandbox: RunningSandbox, statement: str) -> dict[str, Any]:
    address, login = path(sandbox, "query")
    answer = requests.post(address, data=statement, headers=login, timeout=30)
    return answer.json()["QueryResponse"]


def test_a_kill_in_the_middle_of_writes_loses_nothing_and_halves_nothing(tmp_path: Path) -> None:
    with running_sandbox(tmp_path) as sandbox:
        address, login = path(sandbox, "customer")
        made = requests.post(address, json={"DisplayName": "A"}, headers=login, timeout=30).json()
        customer, stop = made["Customer"]["Id"], threading.Event()
        writers = [Writer(sandbox, customer, number, stop) for number in range(THREADS)]
        for writer in writers:
            writer.start()
        assert stop.wait(60)
        assert sandbox.process is not None
        sandbox.process.send_signal(signal.SIGKILL)
        for writer in writers:
            writer.join()
    with running_sandbox(tmp_path) as sandbox:
        invoices = query(sandbox, "select * from Invoice maxresults 1000")["Invoice"]
        parts: dict[str, list[str]] = {}
        for invoice in invoices:
            parts.setdefault(invoice["DocNumber"].rpartition("-")[0], []).append(invoice["Id"])
        for writer in writers:
            for id_, ids in writer.acknowledged.items():
                assert parts[id_] == ids
        assert {len(ids) for ids in parts.values()} == {PARTS}
        assert set(parts) <= {id_ for writer in writers for id_ in writer.sent}
        balance = query(sandbox, f"select * from Customer where Id = '{customer}'")["Customer"][0]["Balance"]
        assert balance == sum(invoice["Balance"] for invoice in invoices) == 6 * len(parts)
        with requests.Session() as session:
            for writer in writers:
                first, last = writer.sent[0], writer.sent[-1]
                assert send(sandbox, customer, first, session) == parts[first]
                again = send(sandbox, customer, last, session)
                assert parts.get(last, again) == again
        total = query(sandbox, "select count(*) from Invoice")["totalCount"]
        assert total == PARTS * sum(len(writer.sent) for writer in writers)
