"""Duban on this machine: the server, the worker and the mailbox as child processes, with sample data if asked."""
