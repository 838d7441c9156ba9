"""QuickBooks Online: client, sign-in, typed errors, field mapping."""
