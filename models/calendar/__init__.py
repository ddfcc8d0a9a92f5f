"""Time as an organisation keeps it: instants, working days, office hours, recurrence, periods of statements."""
