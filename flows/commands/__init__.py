"""The commands of `duban`, a module each: `app.py` lists them, and a module is imported when its command is called."""
