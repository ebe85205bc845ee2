"""What the worker fails at is said on the page of the test and to administrators."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Engine
from werkzeug.test import TestResponse

from experiments.services.clock import MINUTE, now_us
from experiments.store import faults
from experiments.store.engines import writing
from experiments.store.faults import Fault

Says = Callable[[TestResponse], str]


def test_a_step_that_fails_is_said_where_people_look(as_role: Callable, engine: Engine, says: Says) -> None:
    admin, viewer, now = as_role("admin"), as_role("viewer"), now_us()
    assert "Nothing fails." in says(admin.get("/admin/worker"))
    assert "worker fails" not in says(viewer.get("/experiments/ship"))
    with writing(engine) as session:
        faults.put(session, Fault("report", "ship", now - MINUTE, now, now + MINUTE, 2, "The file is damaged."))
        faults.put(session, Fault("digest", "", now, now, now + MINUTE, 1, "The database needed too long."))
    page = says(viewer.get("/experiments/ship"))
    assert "Compute a report: the worker fails at it The file is damaged." in page
    assert "2 tries" in page
    assert "Meanwhile the last report that could be computed stands." in page
    assert "worker fails" not in says(viewer.get("/experiments/waiting"))
    listed = says(admin.get("/admin/worker"))
    assert "The file is damaged." in listed
    assert "Write the weekly digest" in listed
    assert viewer.get("/admin/worker").status_code == 403
    failing = viewer.get("/readyz").json["failing"]  # type: ignore[index]
    assert (failing["count"], failing["steps"]) == (2, ["digest", "report"])
    metrics = viewer.get("/metrics").text
    assert "netlift_worker_failing_steps 2.0" in metrics
