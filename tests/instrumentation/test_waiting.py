"""How much waits, and what is said of that which finds no room."""

import logging

import pytest

from spanmill._losses import Losses
from spanmill._waiting import Limits


@pytest.mark.parametrize(
    ("environment", "limits"),
    [
        ({}, Limits()),
        ({"OTEL_BSP_MAX_QUEUE_SIZE": "100"}, Limits(max_items=100, batch=100)),
        ({"OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "7", "OTEL_BSP_SCHEDULE_DELAY": "250"}, Limits(batch=7, delay_s=0.25)),
        ({"OTEL_BSP_MAX_QUEUE_SIZE": "much", "OTEL_BSP_SCHEDULE_DELAY": "-1"}, Limits()),
    ],
)
def test_opentelemetrys_variables_keep_their_meaning(environment: dict[str, str], limits: Limits) -> None:
    """What is no number is as if it were not there."""
    assert Limits.of(environment, "OTEL_BSP") == limits


def test_losses_are_told_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    """In one line with the reasons and what the exporter said; the totals go on counting."""
    now_s = 0.0
    losses = Losses(logging.getLogger("spanmill"), clock=lambda: now_s)
    losses.detail = "nobody answers"
    for now_s in (0.0, 1.0, 59.0, 61.0, 62.0):  # noqa: B007 - the clock reads it
        losses.count("queue full", 1000)
        losses.count("refused")
        losses.tell()
    assert [record.getMessage() for record in caplog.records] == [
        "spanmill lost 1,000 (queue full), 1 (refused) spans or scores. The exporter said: nobody answers",
        "spanmill lost 3,000 (queue full), 3 (refused) spans or scores. The exporter said: nobody answers",
    ]
    losses.tell(at_once=True)
    assert len(caplog.records) == 3
    assert losses.totals() == {"queue full": 5000, "refused": 5}
