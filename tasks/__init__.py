"""One unit of work each, with its input and output: record, apply, fire, render, send, import."""
