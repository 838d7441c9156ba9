"""QuickBooks Online as its clients see it; what it does is written in docs/sandbox.md.

schema, entities   what each entity has: declared once, used for reading, writing and asking
fields, refusals   reading what a client sent; the catalogue of faults
engine             `Books`: create, update, void, delete, get on one company's books
names, sales, settlement   the rules of customers and products, of sales forms, of payments
grammar, query, changes, batch   the query language, change data capture, batches
oauth              tokens
call, operations, dispatch, app   HTTP: a request read, executed, answered
"""
