"""The parts of the rule language; `models.language.regulation` puts them together."""
