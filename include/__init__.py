"""The sync itself, free of Airflow."""
