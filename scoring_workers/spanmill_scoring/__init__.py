"""Rules, sampling, planner, scorers, judges, workers, flags."""
