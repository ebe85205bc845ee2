"""What the product tells by itself: alarms at once, a digest every week; to people by mail, to machines by webhook."""

from experiments.services.messages.outbox import News, tell
from experiments.services.messages.receivers import (
    NewWebhook,
    all_webhooks,
    create_webhook,
    describe_message,
    describe_webhook,
    messages_sent,
    send_again,
    state_of,
    stop_webhook,
    subscribe,
    subscription_of,
    try_webhook,
    webhook_by_id,
)
from experiments.services.messages.sending import Means, send_due

__all__ = [
    "Means",
    "NewWebhook",
    "News",
    "all_webhooks",
    "create_webhook",
    "describe_message",
    "describe_webhook",
    "messages_sent",
    "send_again",
    "send_due",
    "state_of",
    "stop_webhook",
    "subscribe",
    "subscription_of",
    "tell",
    "try_webhook",
    "webhook_by_id",
]
