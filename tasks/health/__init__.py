"""Whether everything is well: what is wrong, since when, and the one command that puts it right."""
