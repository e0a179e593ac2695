"""RQ between planner and workers: a hint of what waits. Losing all of it loses nothing."""
