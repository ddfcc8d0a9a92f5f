"""How long what is kept stays, and what is erased of people."""
