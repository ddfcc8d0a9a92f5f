"""The domain: the rule language, calendars, the pure timeline, words for rules, packs, tables."""

from pathlib import Path

SHIPPED = Path(__file__).parent / "regulations"
"""Where the packs lie that come with Duban; known here so that who only looks at files does not load YAML."""
