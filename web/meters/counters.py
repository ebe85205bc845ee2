"""The counters themselves: few labels, each with few values, none that a sender can choose.

Under gunicorn every process writes its own into files of PROMETHEUS_MULTIPROC_DIR, which `netlift serve` sets; the
library reads the variable when it is first imported.
"""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)

REQUESTS = Histogram(
    "netlift_request_seconds", "Time to answer a request.", ["part", "status"], buckets=SECONDS
)  # fmt: skip
EVENTS = Counter("netlift_events", "Events taken in, by what became of them.", ["outcome"])
REJECTED = Counter("netlift_events_rejected", "Items refused, by class of reason.", ["reason"])
UNAVAILABLE = Counter("netlift_ingest_unavailable", "Event requests answered with 503.")
QUEUE = Gauge(
    "netlift_writer_queue_items",
    "Items that waited for the database when the last request ended.",
    multiprocess_mode="livesum",
)
WAIT = Gauge(
    "netlift_writer_wait_seconds",
    "Wait for the database when the last request ended, as measured.",
    multiprocess_mode="livemax",
)

ACCEPTED, DUPLICATE = EVENTS.labels("accepted"), EVENTS.labels("duplicate")

#: Classes of the reasons for which an item is refused; a reason that is not here is `other`.
REASON_CLASS = {
    **dict.fromkeys(("bad_time", "too_old", "too_new"), "time"),
    **dict.fromkeys(("too_large", "too_long", "too_deep"), "size"),
    **dict.fromkeys(("unreadable", "wrong_type", "unknown_type", "no_event", "bad_text"), "shape"),
    **dict.fromkeys(("no_id", "no_consent"), "identity"),
    **dict.fromkeys(("no_order_id", "other_currency"), "order"),
}
