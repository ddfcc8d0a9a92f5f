"""A test records something as a person at the command line does."""

from __future__ import annotations

from tasks.record.provenance import Channel, Provenance

AT_HAND = Provenance(Channel.CLI, account="tester")
