"""The folder that `spanmill run` puts first on ``PYTHONPATH``; holds `sitecustomize` and nothing else."""
