"""What there is, for the eye and for scripts: listings, and the whole story of a case."""
