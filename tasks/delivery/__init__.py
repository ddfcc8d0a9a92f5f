"""From the outbox to the mail server, and the local mailbox."""
