"""Answers by mail: read, told apart from robots, understood, recorded, acknowledged; each mail once."""
