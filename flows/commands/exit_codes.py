"""What a command tells the shell."""

DONE = 0
REFUSED = 1
"""Also when only a part was refused."""
WRONG_USAGE = 2
INTERRUPTED = 130
"""As a shell reports the signal of Ctrl-C."""
PIPE_CLOSED = 141
"""As a shell reports that the reader of the output has left."""
