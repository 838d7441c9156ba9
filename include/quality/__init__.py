"""Data quality: name keys, likely duplicates, expectation suites."""
