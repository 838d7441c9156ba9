"""Transactions: declared (forms, purchases, ledger), their rules by kind, what holds for all (transactions)."""
