"""Ways to run the project: set-up, and the local stack behind `make demo` and `make up`."""
