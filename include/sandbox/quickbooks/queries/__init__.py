"""The query language, pages of any order at one cost, change data capture."""
