"""Run the stories about a regulation through the real engine, and say where it tells something else."""
