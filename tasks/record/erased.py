"""The words by which the record knows that what people said was erased."""

from __future__ import annotations

ERASED = "erased"
"""Duban's own event about a case: when that was done, and by which door."""
LEFT = "left"
"""Its field: the digest of what is left of each event, by the event's id."""
MARK = "same_customer"
"""A field of a case by which statistics know a customer of whom something was erased."""
