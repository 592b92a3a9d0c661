"""What the program counts of itself, for Prometheus."""

from functools import cache

from prometheus_client import CollectorRegistry, Counter, Enum, Gauge, Histogram

REGISTRY = CollectorRegistry()

_INTAKE_OUTCOMES = Counter(
    "compati_intake_requests_total", "Requests to store a response, by HTTP status", ["status"], registry=REGISTRY
)
_INTAKE_SECONDS = Histogram(
    "compati_intake_seconds",
    "Time from a request to its answer, the commit included",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=REGISTRY,
)
QUEUE_DEPTH = Gauge("compati_store_queue_depth", "Responses waiting for their commit", registry=REGISTRY)
MIRROR_LAG_ROWS = Gauge("compati_mirror_lag_rows", "Responses not yet in the mirror", registry=REGISTRY)
MIRROR_LAG_SECONDS = Gauge(
    "compati_mirror_lag_seconds", "Age of the oldest response not yet in the mirror", registry=REGISTRY
)
MIRROR_REFUSED_ROWS = Gauge("compati_mirror_refused_rows", "Responses that Google refuses to take", registry=REGISTRY)
MIRROR_LAST_SUCCESS = Gauge(
    "compati_mirror_last_success_seconds", "When the mirror last had no trouble, since 1970", registry=REGISTRY
)
MIRROR_STATE = Enum(
    "compati_mirror_state",
    "How the mirror stands",
    states=["off", "running", "waiting", "misaligned", "no access", "trouble"],
    registry=REGISTRY,
)


def count_intake(status: int, seconds: float) -> None:
    """Count a request to store a response: how it was answered, and how long that took."""
    _intake_outcome(status).inc()
    _INTAKE_SECONDS.observe(seconds)


@cache
def _intake_outcome(status: int) -> Counter:
    return _INTAKE_OUTCOMES.labels(str(status))
