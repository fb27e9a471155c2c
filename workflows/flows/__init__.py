"""The flows, and the worker that runs them. `runs.py` is the only import of Prefect in the product."""
