"""The commands of `duban`, grouped by what they are for; each loads what it needs when it is called."""
