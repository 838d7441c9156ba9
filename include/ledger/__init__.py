"""The ledger: what was seen, linked, intended, held and decided, in a database of the project's own.

`tables` says what is kept, `database` how it is opened; then one module per purpose. Every function takes a
connection inside a transaction first, so that what belongs together is written together.
"""
