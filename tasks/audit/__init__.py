"""The audit: what should have been decided by now, recomputed from facts alone and held against what is stored."""
