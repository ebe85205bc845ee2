from __future__ import annotations

from collections.abc import Callable
from typing import Any

from netlift import Client

Make = Callable[..., Client]


def test_a_server_key_reads_the_complete_config_and_stays_out_of_the_address(server: Any, make_client: Make) -> None:
    client = make_client(key="sk_live_secret")
    (request,) = server.to("GET")
    assert request["path"] == "/v1/config/server"
    assert request["headers"]["authorization"] == "Bearer sk_live_secret"
    assert client.decide("tv-entry", "visitor-1").reason == "SPLIT"


def test_a_client_key_is_part_of_the_address_and_shown_nowhere_else(server: Any, make_client: Make) -> None:
    make_client(key="pk_live_public")
    (request,) = server.to("GET")
    assert request["path"] == "/v1/config/pk_live_public"
    assert "authorization" not in request["headers"]
