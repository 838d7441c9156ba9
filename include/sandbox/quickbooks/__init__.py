"""QuickBooks Online as its clients see it; what it does is written in docs/sandbox.md.

schema, entities    what each entity has: declared once, used for reading, writing and asking
fields, refusals    reading what a client sent; the catalogue of faults
engine, draft       `Books`: create, update, void, delete, get on one company's books
rules               which rules look at which entity's writes
records, wire       the rows; JSON and times as QuickBooks writes them
catalog/            the company and its lists
documents/          transactions
accounting/         what they post, who settles whom, every balance that follows
queries/            the query language, pages, change data capture
reporting/          reports
http/               a request read, executed and answered
connect/            OAuth
events/             webhooks
"""
