"""QuickBooks Online as its clients see it; what it does is written in docs/sandbox.md.

schema, entities   what each entity has: declared once, used for reading, writing and asking
fields, refusals   reading what a client sent; the catalogue of faults
engine             `Books`: create, update, void, delete, get on one company's books
names, sales, settlement   the rules of customers and products, of sales forms, of payments
grammar, query, changes, batch   the query language, change data capture, batches
oauth, codes, grants, id_tokens   connections and tokens; codes; the token endpoint; OpenID Connect
consent, signin, gate   the page that asks a person; OAuth over HTTP; who may call a company
webhooks, notifications, deliveries   what is told of writes, in which words, and how it gets through
desk               what a person does at QuickBooks' own pages, as controls
call, operations, dispatch, app   HTTP: a request read, executed, answered
"""
