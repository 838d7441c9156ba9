"""The plan's page behind Airflow's login: who may see it, and nothing else than plans (protocol 4.9)."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from include.settings import environment

PLAN = "/sync/plans/initial_sync.demo/manual__1/plan.html"
TABLE = PLAN.replace(".html", ".csv")
IN_A_BROWSER = {"accept": "text/html,application/xhtml+xml"}


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where runs keep their files: one plan, and a secret beside the folder."""
    base = tmp_path / "files"
    folder = base / "demo" / "initial_sync.demo" / "manual__1"
    folder.mkdir(parents=True)
    (folder / "plan.html").write_text("<h1>Brown, Nick</h1>")
    (folder / "plan.csv").write_bytes("\ufeffstage\r\n".encode())
    (folder / "plan.parquet").write_bytes(b"PAR1")
    (folder / "approval.json").write_text("{}")
    (tmp_path / "plan.html").write_text("secret")
    monkeypatch.setenv("SYNC_FILES", base.as_uri())
    environment.cache_clear()
    yield base
    environment.cache_clear()


@pytest.fixture
def api(airflow_db: None, files: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """The plugin's app mounted as Airflow mounts it, with Airflow's own auth manager; nobody is signed in."""
    from airflow.api_fastapi.app import create_auth_manager
    from airflow.plugins_manager import get_fastapi_plugins

    create_auth_manager().init()
    root = FastAPI()
    for plugin in get_fastapi_plugins()[0]:
        root.mount(plugin["url_prefix"], plugin["app"])
    with TestClient(root, follow_redirects=False) as client:
        yield client


def sign_in(api: TestClient, role: str | None = "VIEWER", **user: Any) -> None:
    """As a user of that role."""
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

    token = get_auth_manager().generate_jwt(SimpleAuthManagerUser(username="pat", role=role, **user))
    api.headers["Authorization"] = f"Bearer {token}"


def test_4_9_without_a_login_a_program_is_told_401_and_nothing_of_the_plan(api: TestClient) -> None:
    for path in (PLAN, TABLE, "/sync/plans/initial_sync.demo/none/plan.html", "/sync/plans/no.such/x/plan.html"):
        answer = api.get(path)
        assert (answer.status_code, "Nick" in answer.text) == (401, False), path


def test_4_9_without_a_login_a_browser_is_sent_to_airflows_login_and_back(api: TestClient) -> None:
    answer = api.get(PLAN, headers=IN_A_BROWSER)
    assert answer.status_code == 307
    assert answer.headers["location"] == (
        "http://testserver/api/v2/auth/login?next=http%3A%2F%2Ftestserver%2Fsync%2Fplans%2Finitial_sync.demo"
        "%2Fmanual__1%2Fplan.html"
    )


@pytest.mark.parametrize("token", ["nonsense", "a.b.c", ""])
def test_4_9_a_wrong_token_is_refused(api: TestClient, token: str) -> None:
    assert api.get(PLAN, headers={"Authorization": f"Bearer {token}"}).status_code in (401, 403)
    assert api.get(PLAN, headers={"Cookie": f"_token={token}"}).status_code in (401, 403)


def test_4_9_who_may_not_see_the_companys_dag_may_not_see_its_plan(
    api: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The permission asked for is that of this very DAG."""
    from airflow.api_fastapi.app import get_auth_manager

    asked: list[Any] = []

    def only_other(*, method: str, access_entity: Any, details: Any, user: Any) -> bool:
        asked.append((method, access_entity.value, details.id, user.username))
        return bool(details.id == "initial_sync.other")

    sign_in(api)
    monkeypatch.setattr(get_auth_manager(), "is_authorized_dag", only_other)
    answer = api.get(PLAN, headers=IN_A_BROWSER)
    assert (answer.status_code, "Nick" in answer.text) == (403, False)
    assert asked == [("GET", "HITL_DETAIL", "initial_sync.demo", "pat")]


def test_4_9_a_dag_id_in_the_query_does_not_decide(api: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow.api_fastapi.app import get_auth_manager

    sign_in(api)
    monkeypatch.setattr(
        get_auth_manager(), "is_authorized_dag", lambda *, details, **_: details.id == "initial_sync.other"
    )
    assert api.get(f"{PLAN}?dag_id=initial_sync.other").status_code == 403


def test_a_user_without_a_role_is_refused(api: TestClient) -> None:
    sign_in(api, role=None)
    assert api.get(PLAN).status_code == 403


def test_who_is_signed_in_gets_the_page_that_can_do_nothing_and_is_not_kept(api: TestClient) -> None:
    sign_in(api)
    answer = api.get(PLAN)
    assert (answer.status_code, answer.text) == (200, "<h1>Brown, Nick</h1>")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_cookie_of_airflows_pages_signs_in_too(api: TestClient) -> None:
    sign_in(api)
    token = api.headers.pop("Authorization").removeprefix("Bearer ")
    assert api.get(PLAN, headers={"Cookie": f"_token={token}"}).status_code == 200


def test_the_table_is_a_download(api: TestClient) -> None:
    sign_in(api)
    answer = api.get(TABLE)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == "attachment; filename=plan.csv"
    assert answer.content.startswith(b"\xef\xbb\xbf")


def test_head_says_whether_there_is_a_plan(api: TestClient) -> None:
    sign_in(api)
    assert (api.head(PLAN).status_code, api.head(PLAN).content) == (200, b"")
    assert api.head(PLAN.replace("manual__1", "manual__2")).status_code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nothing_can_be_written(api: TestClient, method: str) -> None:
    sign_in(api)
    assert api.request(method, PLAN).status_code == 405


@pytest.mark.parametrize(
    "path",
    [
        "initial_sync.demo/manual__1/plan.parquet",
        "initial_sync.demo/manual__1/approval.json",
        "initial_sync.demo/manual__1/..%2Fmanual__1%2Fplan.html",
        "initial_sync.demo/..%2F..%2F..%2F/plan.html",
        "initial_sync.demo/%2e%2e/plan.html",
        "initial_sync.demo/../../../plan.html",
        "initial_sync.demo/%2e%2e%2f%2e%2e%2f%2e%2e/plan.html",
        "initial_sync.demo/..%5c..%5c../plan.html",
        "initial_sync.demo/manual__1%00/plan.html",
        "initial_sync../x/plan.html",
        "initial_sync.%2e%2e/x/plan.html",
        "%2e%2e/demo/plan.html",
        "initial_sync.nobody/manual__1/plan.html",
        "plain/manual__1/plan.html",
        "sync.demo/manual__1/plan.html",
        "docs",
        "openapi.json",
        "",
    ],
)
def test_there_is_nothing_else_and_no_way_out_of_the_folder(api: TestClient, path: str) -> None:
    sign_in(api, role="ADMIN")
    answer = api.get(f"/sync/plans/{path}")
    assert answer.status_code == 404
    assert "secret" not in answer.text


def test_the_address_in_the_request_is_the_address_of_the_page() -> None:
    from include.sync.plan_pages.request import BASE
    from syncta_quickbooks.plan_pages import PREFIX

    assert PREFIX == BASE


def test_airflow_loads_one_file_of_the_plugins_folder_and_it_weighs_nothing_in_a_task() -> None:
    code = (
        "import json, sys\n"
        "from airflow.sdk import plugins_manager\n"
        "plugins_manager.integrate_macros_plugins()\n"
        "watched = ('syncta_plugin', 'cycle', 'retry', 'fastapi', 'pandas')\n"
        "print(json.dumps([name for name in watched if name in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout.strip().splitlines()[-1]) == ["syncta_plugin"]
