"""A run's plan, or its reconciliation, as page and table in Airflow's API server.

Behind its login and the permissions of the company's DAG: `/sync/plans/<dag_id>/<run_id>/plan.html`. Whoever may read
the question that waits for a person may read the plan behind it (protocol 4.9).
"""

from __future__ import annotations

from typing import Any

from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
from airflow.api_fastapi.core_api.security import requires_access_dag
from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

PREFIX = "/sync/plans"
PAGE, TABLE = "text/html; charset=utf-8", "text/csv; charset=utf-8"
KINDS = {"plan.html": PAGE, "plan.csv": TABLE, "reconcile.html": PAGE, "reconcile.csv": TABLE}
HEADERS = {
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

app = FastAPI(
    title="Plans", openapi_url=None, dependencies=[Depends(requires_access_dag("GET", DagAccessEntity.HITL_DETAIL))]
)


@app.api_route("/{dag_id}/{run_id}/{name}", methods=["GET", "HEAD"])
def plan_file(dag_id: str, run_id: str, name: str) -> Response:
    """A file of a run's plan; 404 if there is none."""
    folder = _folder(dag_id, run_id) if name in KINDS else None
    if folder is None or not (folder / name).exists():
        raise HTTPException(404, "There is no such plan.")
    with (folder / name).open("rb") as file:
        content = file.read()
    attached = {"Content-Disposition": "attachment; filename=" + name} if name.endswith(".csv") else {}
    return Response(content, media_type=KINDS[name], headers={**HEADERS, **attached})


@app.exception_handler(401)
async def to_the_login(request: Request, refusal: HTTPException) -> Response:
    """Who follows the link in a browser signs in first and comes back; a program is told 401."""
    if "text/html" not in request.headers.get("accept", ""):
        return Response(refusal.detail, 401, {**HEADERS, "WWW-Authenticate": "Bearer"})
    login = request.url.replace(path="/api/v2/auth/login", query="").include_query_params(next=str(request.url))
    return RedirectResponse(str(login), headers=HEADERS)


def _folder(dag_id: str, run_id: str) -> Any:
    """The run's folder; None if the DAG is of no company."""
    from airflow.sdk import ObjectStoragePath

    from include.settings import environment, valid_companies
    from include.sync.run import folder_of

    company = dag_id.partition(".")[2]
    if company not in valid_companies()[0]:
        return None
    return folder_of(ObjectStoragePath(environment().files), company, dag_id, run_id)
