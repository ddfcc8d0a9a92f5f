"""The domain: tables, the rule language, calendars, the pure timeline, the shipped regulations."""
