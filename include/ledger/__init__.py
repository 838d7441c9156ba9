"""The ledger: what was seen, linked, intended, held and decided."""
