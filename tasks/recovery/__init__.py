"""A backup of everything that Duban needs to go on, and going on from it without telling anything twice unmarked."""
