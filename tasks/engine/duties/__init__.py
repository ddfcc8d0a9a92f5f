"""Recurring duties (定期工作): the sweep opens the case of each when its instant comes, and notes what fulfils it.

1. `take_stock` writes down the duties of the regulations in force, each with the instant of its next case. It reads
   the packs only when a file, a setting or the calendar changed.
2. `open_due` opens the cases whose instant has come and moves each duty on, all or nothing. So an idle sweep asks one
   index, however many regulations are in force.
3. A duty that Duban does itself (`fulfilled_by`) is done when its statement is approved (`fulfil`).
"""

from tasks.engine.duties.fulfilment import fulfil
from tasks.engine.duties.opening import open_due
from tasks.engine.duties.stock import take_stock

__all__ = ["fulfil", "open_due", "take_stock"]
