"""The companies to build DAGs for while a DAG file is parsed."""

from __future__ import annotations

from collections.abc import Iterator

from airflow.sdk import get_parsing_context

from include.settings import Company, valid_companies


def companies_for(kind: str) -> Iterator[Company]:
    """All valid companies; in a task's process only the one whose DAG `<kind>.<company>` is asked for (protocol 4.3).

    A company with a mistake in its settings is left out here and named by dags/settings_check.py.
    """
    wanted = get_parsing_context().dag_id
    for key, company in valid_companies()[0].items():
        if wanted in (None, f"{kind}.{key}"):
            yield company
