"""The record: opening cases, appending events, and who may; what gates and approvals say of it."""
