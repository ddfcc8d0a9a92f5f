"""The parts of the check of a regulation; `models.packs.check` puts them together."""
