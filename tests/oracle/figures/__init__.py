"""The figures of a statement, recomputed from the sample files alone: nothing of models/ or tasks/ is imported here.

Slow, obvious and local: moments are naive times of Asia/Shanghai, sets are lists, a period is two dates. Rules are
restated as tables in `tests/oracle/clocks.py` and `tests/oracle/loans.py`.
"""
