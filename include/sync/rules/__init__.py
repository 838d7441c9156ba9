"""The rules of the books, each in one place: customers, invoices to push, invoices after the push, payments."""
