"""Holds no DAG: shows every problem of the settings file as an import error in the UI, each with its line.

A file with one broken DAG loses all its DAGs, so the others live in files that leave a broken company out.
"""

from __future__ import annotations

from airflow.sdk import get_parsing_context

from include.settings import load_settings

if get_parsing_context().dag_id is None:
    load_settings()
