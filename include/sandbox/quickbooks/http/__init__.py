"""A request read, executed and answered, in JSON or XML; request ids, batches, faults inside the books."""
