"""The parts of the rule language; `models.regulation` puts them together."""
