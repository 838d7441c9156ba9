"""Webhooks: what happened, as a notification, delivered and tried again."""
