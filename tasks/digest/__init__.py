"""The morning digest: who gets one, what concerns them, and how it is told."""
