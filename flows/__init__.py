"""Orchestration only: what runs when, in what order, what operations see; and the command line."""
