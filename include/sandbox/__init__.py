"""QuickBooks and Syncta over HTTP on loopback, for the demo and the tests: `python -m include.sandbox --help`.

    store     the state in one SQLite file, with the clock, the meter and the scheduled faults
    quickbooks/  QuickBooks Online as its clients see it
    syncta/      Syncta by `include/syncta/openapi.yaml`
    scenarios/   what the two systems contain at the start
    control   `/sandbox/*` on both ports
    server    both in one process

It is the other side: nothing here is imported by the sync, and it imports nothing of the sync.
"""
