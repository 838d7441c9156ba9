"""Syncta as `include/syncta/openapi.yaml` describes it, and what its users do there."""
