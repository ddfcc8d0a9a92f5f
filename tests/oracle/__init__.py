"""An oracle for the month in tests/data: what had to be told, worked out the slow and obvious way.

It shares no code with Duban. It walks each clock minute by minute, each loan day by day, keeps its counters in plain
view, restates the regulations' figures as tables, and works in the organisation's local time throughout.
"""
