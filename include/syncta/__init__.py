"""Syncta: the assumed contract, its client, field mapping."""
