"""What is published to the Prefect UI: boards, pages of cases and statements, names of runs."""
