"""What the project adds to Airflow's own pages. Airflow runs this file in every process, each task's included."""

from __future__ import annotations

from typing import Any

from airflow.plugins_manager import AirflowPlugin


class SynctaPlugin(AirflowPlugin):
    """The pages of plans."""

    name = "syncta_quickbooks"

    @property
    def fastapi_apps(self) -> list[dict[str, Any]]:  # type: ignore[override]
        """Asked for by the API server only, so that no task pays for importing it."""
        from syncta_quickbooks.plan_pages import PREFIX, app

        return [{"app": app, "url_prefix": PREFIX, "name": "Plans"}]
