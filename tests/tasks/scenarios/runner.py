"""`python -m tests.tasks.scenarios.runner [REGULATION ...]`: play the stories and say what passed and what did not."""

from __future__ import annotations

import sys
import time

import yaml

from flows.commands.output import say
from tasks.scenarios.run import run
from tasks.scenarios.stage import Stage
from tests.tasks.scenarios.scenario import HERE, load_scenarios


def main(names: list[str]) -> int:
    """Exit code 1 when a story failed."""
    files = [HERE / f"{name}.yaml" for name in names] if names else sorted(HERE.glob("*.yaml"))
    failed = 0
    with Stage() as stage:
        for file in files:
            say(file.stem)
            try:
                scenarios = load_scenarios(file)
            except (OSError, ValueError, yaml.YAMLError) as error:
                say(f"  FAIL  the file: {error}")
                failed += 1
                continue
            began = time.perf_counter()
            for result in run(stage, scenarios):
                took = (time.perf_counter() - began) * 1000
                say(f"  {'pass' if result.passed else 'FAIL'}  {result.story.name}  ({took:.0f} ms)")
                for failure in result.failures:
                    say(f"        {failure}")
                failed += not result.passed
                began = time.perf_counter()
    say(f"{failed} failed" if failed else "all passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
