"""QuickBooks and Syncta over HTTP, for the demo, for rehearsals and for tests."""
