"""Airflow's settings for one machine of two cores: what differs from its defaults, and why."""

from pathlib import Path
from typing import TYPE_CHECKING

from deploy.local.ports import HOST, Ports

if TYPE_CHECKING:
    from deploy.local.home import Home


def airflow_settings(home: "Home", ports: Ports, secrets: dict[str, str], dags: Path) -> dict[str, str]:
    """AIRFLOW__SECTION__KEY -> value for the stack in `home`."""
    address = f"http://{HOST}:{ports.airflow}"
    sections = {
        "core": {
            "executor": "LocalExecutor",
            # Three: the extracts of one run side by side, or two tasks and a person's answer.
            "parallelism": "3",
            "dags_folder": str(dags),
            "plugins_folder": str(home.root / "plugins"),
            "load_examples": "False",
            "fernet_key": secrets["fernet_key"],
            "test_connection": "Enabled",
            "simple_auth_manager_users": "admin:admin",
            "simple_auth_manager_passwords_file": str(home.passwords),
            "execution_api_server_url": f"{address}/execution/",
        },
        "database": {
            "sql_alchemy_conn": f"sqlite:///{home.airflow / 'airflow.db'}",
            # Five processes write to one file: wait for a turn instead of failing after 5 s.
            "sql_alchemy_connect_args": "deploy.local.settings_of_airflow.DATABASE_ARGUMENTS",
        },
        "api": {
            "host": HOST,
            "port": str(ports.airflow),
            "base_url": address,
            "secret_key": secrets["api_secret_key"],
            "workers": "1",
        },
        "api_auth": {"jwt_secret": secrets["jwt_secret"]},
        "dag_processor": {
            "parsing_processes": "1",
            # Every parse costs seconds of one of two cores that the tasks need.
            "min_file_process_interval": "120",
            "print_stats_interval": "0",
        },
        "scheduler": {
            # What has to be run next is looked for this often.
            "scheduler_idle_sleep_time": "0.3",
            "ti_metrics_interval": "0",
            "pool_metrics_interval": "600",
        },
        # A busy machine may answer late.
        "workers": {"execution_api_timeout": "30"},
        "logging": {"colored_console_log": "False", "dag_processor_log_target": "file"},
    }
    return {
        f"AIRFLOW__{section}__{key}".upper(): value
        for section, values in sections.items()
        for key, value in values.items()
    }


DATABASE_ARGUMENTS = {"timeout": 60}
