"""What Airflow must know of the sync: connection types, hooks, retries, approval and the tasks of both DAGs."""
