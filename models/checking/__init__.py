"""The parts of the check of a regulation; `models.checks` puts them together."""
