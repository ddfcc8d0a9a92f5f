"""prefect.yaml against the flows it names."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest
import yaml
from prefect.client.schemas.schedules import CronSchedule
from prefect.flows import Flow
from prefect.utilities.callables import parameter_schema

ROOT = Path(__file__).parents[2]
PROJECT: dict[str, Any] = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))
DEPLOYMENTS: list[dict[str, Any]] = PROJECT["deployments"]
by_name = pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda deployment: deployment["name"])


def flow_of(deployment: dict[str, Any]) -> Flow[..., Any]:
    """The flow that the entrypoint names."""
    file, name = deployment["entrypoint"].split(":")
    assert (ROOT / file).is_file()
    found = getattr(importlib.import_module(file.removesuffix(".py").replace("/", ".")), name)
    assert isinstance(found, Flow)
    return found


def test_every_flow_has_its_deployment() -> None:
    """What operations can run is deployed, under the name of its flow."""
    names = {"sweep", "deliver", "replies", "intake", "digest", "slips", "statements", "alarm", "audit", "housekeeping"}
    forms = {"new-case", "record-event", "answer-request", "request-postponement", "review-statement"}
    assert names | forms == {flow_of(deployment).name for deployment in DEPLOYMENTS}
    assert all(deployment["name"] == flow_of(deployment).name for deployment in DEPLOYMENTS)


@by_name
def test_a_deployment_says_what_it_is(deployment: dict[str, Any]) -> None:
    """Description in Chinese and English, tags, and the pool of `duban up`."""
    assert "。" in deployment["description"]
    assert deployment["description"].count(" ") > 5
    assert "duban" in deployment["tags"]
    assert {"name": "duban"} == deployment["work_pool"]


@by_name
def test_schedules_are_in_the_organisations_zone(deployment: dict[str, Any]) -> None:
    """Every schedule is a valid cron line in Asia/Shanghai."""
    for schedule in deployment["schedules"]:
        cron = CronSchedule(cron=schedule["cron"], timezone=schedule["timezone"])
        assert "Asia/Shanghai" == cron.timezone


@by_name
def test_the_parameters_fit_the_flow(deployment: dict[str, Any]) -> None:
    """Only parameters that the flow has; each is described, and of a type for which the form has a widget."""
    schema = parameter_schema(flow_of(deployment))
    assert set(deployment.get("parameters") or {}) <= set(schema.properties)
    for name, field in schema.properties.items():
        assert field.get("description"), name
        assert {"type", "anyOf", "allOf", "$ref"} & set(field), f"{name} would be a JSON box"


def test_no_deployment_is_held_by_a_concurrency_limit() -> None:
    """A run stranded in PENDING would hold the slot of such a limit for ever."""
    assert [] == [deployment["name"] for deployment in DEPLOYMENTS if "concurrency_limit" in deployment]
