"""What a deployment knows of itself: people, calendar, regulations in force, what may be shown to whom."""
