"""Does it add up? Per month, every invoice ready in Syncta is in QuickBooks, or it is known why not (rules 6)."""
