"""Statistics: from the database to the figures of a period, as tables that every form of a statement shares."""
