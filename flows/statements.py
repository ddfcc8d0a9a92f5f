"""The flow `statements`: make what is due, revise what a correction has overtaken, and have each one reviewed.

It begins with a pass of the sweep, so that everything recorded counts. Whoever runs twice makes nothing twice: that is
decided in Duban's own database. The run in which the general manager
answers is started here, once for each statement, and ended here when the answer came another way.
"""

from typing import Any

from prefect import flow, get_run_logger, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed
from sqlalchemy.engine import Engine

from flows import review_runs
from flows.pages.opening import opened
from flows.pages.publish import Publisher
from flows.pages.runs import bilingual, rename, utc_now
from flows.pages.statement_pages import headline_rows, key_of
from flows.sweep import one_pass
from models.calendar.periods import StatementCadence, latest_period, parse_period
from models.store.database import reading
from tasks.organisation.deployment import Deployment
from tasks.organisation.masking import masked_words
from tasks.statements import make, review, store


@flow(name="statements", flow_run_name="statements", validate_parameters=True)
def statements(cadence: StatementCadence | None = None, period: str = "", regulation: str = "") -> State[Any]:
    """分析报告 · Make the statements whose time has come and send them to the general manager for review.

    Args:
        cadence: 周期，留空按计划 · how long the period is; empty: whatever is due
        period: 期间 · 2026-W47, 2026-11, 2026-Q4, 2026-H2, 2026; empty: the last that is over
        regulation: 制度 · only of this one; empty: the whole organisation

    """
    with opened() as (deployment, engine):
        with Publisher(
            engine, deployment, "statements"
        ) as publisher:  # figures of what was recorded, not of what waits
            swept = one_pass(engine, deployment, utc_now())
            publisher.hand_over(swept)
        settled = settle(engine, deployment)
        if cadence is None:
            report = make_due(engine, deployment)
        else:
            report = make_one(engine, deployment, cadence, period.strip(), regulation.strip())
        publish(engine, deployment, report.made)
        runs = call_for_review(engine)
    numbers = [one.number for one in report.made]
    rename(f"statements · {', '.join(numbers) or bilingual('flow.none')}")
    if report.failed:
        return Failed(message=f"{bilingual('flow.statements.failed')}: {masked_words('; '.join(report.failed))}")
    counts = {"made": len(numbers), "answered": settled, "review_runs": runs}
    return Completed(message=", ".join(f"{bilingual(f'flow.statements.{name}')} {n}" for name, n in counts.items()))


@task(name="settle answers", cache_policy=NO_CACHE, retries=3, retry_delay_seconds=5)  # the database may be away
def settle(engine: Engine, deployment: Deployment) -> int:
    """Send out what was approved by an event on the case; how many were settled."""
    done = review.pick_up(engine, deployment, utc_now())
    for one in done:
        get_run_logger().info("%s %s by %s, %d mails", one.number, one.state, one.by or "-", len(one.told))
    return len(done)


@task(name="make statements", cache_policy=NO_CACHE)
def make_due(engine: Engine, deployment: Deployment) -> make.Report:
    """What was corrected first, then what is due."""
    revised = make.revise(engine, deployment, utc_now())
    due = make.make_due(engine, deployment, utc_now())
    return make.Report(revised.made + due.made, revised.failed + due.failed)


@task(name="make one statement", cache_policy=NO_CACHE)
def make_one(
    engine: Engine, deployment: Deployment, cadence: StatementCadence, period: str, regulation: str
) -> make.Report:
    """The one that was asked for; nothing when it is known with these very figures."""
    now, zone = utc_now(), deployment.zone
    chosen = parse_period(cadence, period, zone) if period else latest_period(cadence, now, zone)
    subject = store.Subject(cadence.value, chosen, store.known_regulation(deployment, regulation))
    made = make.make(engine, deployment, subject, now, again=True)
    return make.Report([made] if made else [])


@task(name="publish figures", cache_policy=NO_CACHE)
def publish(engine: Engine, deployment: Deployment, made: list[store.NewStatement]) -> None:
    """The figures on top of each new statement, as a table."""
    for one in made:
        with reading(engine) as connection:
            figures = store.whole(connection, one.id).figures()
        rows = headline_rows(figures, deployment.zone)
        if rows:
            create_table_artifact(rows, key=f"{key_of(one.number)}-figures", description=one.number)


@task(name="review runs", cache_policy=NO_CACHE)
def call_for_review(engine: Engine) -> int:
    """Start a run for each statement that waits without one, end those whose answer came another way."""
    ended = review_runs.end_answered(engine)
    started = review_runs.start_missing(engine)
    get_run_logger().info("%d review runs started, %d ended", started, ended)
    return started
