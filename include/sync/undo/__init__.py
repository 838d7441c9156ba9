"""Undo: what a run did (deeds), each deed's reversal or why not (invoices, customers), all of it as a plan."""
