"""The sync, in reading order: window, poll, extract, match, plan, load, report."""
