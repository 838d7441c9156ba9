"""The company itself and its lists: declared (lists, people, tax_lists, attachments, currencies), founded, ruled."""
