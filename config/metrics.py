"""Prometheus: how many requests of which route and status, and how long they took. No label names anybody."""

import os
from functools import lru_cache

from prometheus_client import CollectorRegistry, Histogram, generate_latest, multiprocess

METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"}
REQUESTS = Histogram(
    "emma_request_seconds",
    "Seconds from a request's first to its last line of Python",
    ["method", "route", "status"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)


def observe(method: str, route: str, status: int, seconds: float) -> None:
    """Count one answered request."""
    _series(method if method in METHODS else "other", route, status).observe(seconds)


def page() -> bytes:
    """What Prometheus reads: this process's numbers, or under several workers those of all."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)
        return generate_latest(registry)
    return generate_latest()


@lru_cache(maxsize=2000)
def _series(method: str, route: str, status: int) -> Histogram:
    return REQUESTS.labels(method, route, str(status))
