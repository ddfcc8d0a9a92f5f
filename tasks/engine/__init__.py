"""The engine: take in events, open duties, fire what is due; each decision once."""
