"""Processes beside the pages: the embedded Prefect server and the worker, started, watched and ended."""
