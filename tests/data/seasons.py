"""What makes the sample years a story: busy and quiet days, departments that change, a bad month, a growing trouble."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING

import chinese_calendar
from words import ACCUSED, BODY_SHOP, SHOPS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

EAST, WEST, SOUTH, NORTH = SHOPS
BAD_MONTH = (2025, 7)
"""Heat, air conditioners and half the staff on leave: everything is slower, and there is more of it."""
SPRING = (0.8, 0.6, 1.05, 1.0, 0.95, 1.1, 1.3, 1.15, 1.0, 0.95, 1.0, 1.1)
"""How busy each month is beside the average."""
WEEK = (1.15, 1.0, 0.95, 0.95, 1.05, 1.2, 0.7)


def days_of(year: int) -> list[date]:
    """Every day of the year."""
    first = date(year, 1, 1)
    return [first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days)]


@cache
def is_worked(day: date) -> bool:
    """Whether the offices are open, make-up Saturdays and Sundays included."""
    return bool(chinese_calendar.is_workday(day))


def complaints_on(day: date) -> float:
    """How many complaints the day brings beside others: festivals are quiet, the days after them are not."""
    festival, name = chinese_calendar.get_holiday_detail(day)
    weight = SPRING[day.month - 1] * WEEK[day.weekday()]
    if festival and name == "Spring Festival":
        weight *= 0.25
    elif festival and name:
        weight *= 0.5
    elif any(chinese_calendar.get_holiday_detail(day - timedelta(days=n))[1] for n in (1, 2)):
        weight *= 1.3
    return weight * (1.35 if (day.year, day.month) == BAD_MONTH else 1)


def loans_on(day: date) -> float:
    """The archive lends on working days, and more before audits at the ends of the quarters."""
    return (1.4 if day.month % 3 == 0 and day.day > 10 else 1.0) if is_worked(day) else 0.0


def spread(total: int, days: Sequence[date], weight: Callable[[date], float]) -> list[int]:
    """So many things over the days by their weights; the counts add up to exactly the total."""
    weights = [weight(day) for day in days]
    whole, so_far, given, counts = sum(weights), 0.0, 0, []
    for one in weights:
        so_far += one
        upto = int(total * so_far / whole + 0.5)
        counts.append(upto - given)
        given = upto
    return counts


def trouble(department: str, day: date) -> float:
    """How likely something is late in that department then: some learn, some let go, 2025 has a bad July."""
    through = (day - date(2024, 1, 1)).days / 731
    usual = {
        EAST: 0.34 - 0.26 * through,  # gets better month by month
        WEST: 0.12,
        SOUTH: 0.15,
        NORTH: 0.1 if day < date(2025, 9, 1) else 0.38,  # a new manager
        BODY_SHOP: 0.2,
    }.get(department, 0.15)
    if (day.year, day.month) == BAD_MONTH:
        usual += 0.2
    return min(usual + (0.05 if not is_worked(day) else 0), 0.8)


def category_weights(day: date) -> tuple[tuple[float, str], ...]:
    """What people complain about: disputes about money grow all the time, paint work in winter."""
    through = (day - date(2024, 1, 1)).days / 731
    money = 0.08 + 0.22 * through
    quality = 0.34 + (0.12 if day.month in (6, 7, 8) else 0)
    rest = 1 - money - quality - 0.005
    return (
        (quality, "维修质量"),
        (money, "费用争议"),
        (rest * 0.35, "服务态度"),
        (rest * 0.3, "交车延误"),
        (rest * 0.2, "配件问题"),
        (rest * 0.15, "车辆损伤"),
        (0.005, ""),
    )


def department_weights(day: date) -> tuple[tuple[float, str], ...]:
    """Whom they complain about; now and then the sheet does not say."""
    north = 0.2 if day < date(2025, 9, 1) else 0.3
    rest = (1 - north - 0.008) / (len(ACCUSED) - 1)
    return (*((north if name == NORTH else rest, name) for name in ACCUSED), (0.008, ""))
