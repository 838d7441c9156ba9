"""The sandbox and a real Airflow on this machine: `python -m deploy.local demo|up|down|status`.

home        the throw-away Airflow home: folders, secrets, environment
processes   starts and ends processes so that none is left
ports       free, taken
prepare     the databases, the pool and the connections
airflow_api what the demo asks Airflow, over its REST API
sandbox_api what the demo asks and does in the sandbox, over HTTP
stack       all of it started together
demo        the story `make demo` tells; progress, report: how it is shown
"""
