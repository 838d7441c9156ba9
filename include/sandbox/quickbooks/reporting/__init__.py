"""Reports computed from what transactions posted: what was asked, entries, shapes, columns, one table of reports."""
