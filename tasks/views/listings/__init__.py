"""The listings of `duban list`, a module for each: a query in order, and what a row shows by the contract."""
