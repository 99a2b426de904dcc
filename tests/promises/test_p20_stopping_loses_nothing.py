"""P20: a server that is asked to stop answers what it has accepted; health and counters say what happens."""

from __future__ import annotations

import asyncio
import http.client
import threading
import time
from collections import Counter

import pytest
from prometheus_client.parser import text_string_to_metric_families

from ghep.serve.deadline import DeadlineProtocol
from serving import TIMEOUT, ask, png, serving, tiny_predictor, until


@pytest.mark.slow
def test_no_accepted_request_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    counts: Counter[str] = Counter()
    accepted: set[int] = set()
    made = DeadlineProtocol.connection_made

    def remember(self: DeadlineProtocol, transport: asyncio.Transport) -> None:
        accepted.add(transport.get_extra_info("peername")[1])
        made(self, transport)

    monkeypatch.setattr(DeadlineProtocol, "connection_made", remember)
    with serving(tiny_predictor(), drain_delay=0.3) as server:
        host, port = server.address.removeprefix("http://").split(":")

        def work(number: int) -> None:
            connection = http.client.HTTPConnection(host, int(port), timeout=TIMEOUT)
            while True:
                try:
                    connection.connect()
                except OSError:
                    return  # not accepted
                place = connection.sock.getsockname()[1]
                try:
                    closes = False
                    while not closes:
                        connection.request("POST", "/predict", png(number))
                        answer = connection.getresponse()
                        closes = answer.headers.get("connection") == "close"
                        counts[str(answer.status)] += 1
                        answer.read()
                except OSError as error:
                    if place in accepted:  # the system may reset one that no accept() has returned
                        counts[f"lost: {error!r}"] += 1
                finally:
                    connection.close()

        threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
        for one in threads:
            one.start()
        until(lambda: counts["200"] > 30)
        server.stop()
        until(lambda: server.service.draining)
        before = counts["200"]
        for one in threads:
            one.join(TIMEOUT)
    assert counts["200"] > before > 30, "it answers while it drains"
    assert set(counts) == {"200"}


@pytest.mark.slow
def test_stopping_waits_for_a_request_that_is_on_its_way() -> None:
    with serving(tiny_predictor()) as server:
        host, port = server.address.removeprefix("http://").split(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=TIMEOUT)
        connection.connect()
        until(lambda: len(server.server_state.connections) == 1)
        server.stop()
        until(lambda: server.service.draining)
        time.sleep(0.4)
        connection.request("POST", "/predict", png())
        answer = connection.getresponse()
        assert (answer.status, answer.headers["connection"]) == (200, "close")
        answer.read()
        connection.close()


def test_what_was_refused_is_counted_by_reason() -> None:
    with serving(tiny_predictor(), max_body=1000, header_timeout=0.2) as server:
        assert ask(server, "POST", "/predict", png()).status == 200
        assert ask(server, "POST", "/predict", bytes(2000)).status == 413
        assert ask(server, "GET", "/secret/path").status == 404
        connection = http.client.HTTPConnection(server.address.removeprefix("http://"), timeout=TIMEOUT)
        connection.connect()
        assert connection.sock.recv(10) == b""
        connection.close()
        text = ask(server, "GET", "/metrics").body.decode()
    values = {
        (sample.name, *sample.labels.values()): sample.value  # labels in the order of their names
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert values["http_requests_total", "200", "POST", "/predict"] == 1
    assert values["http_requests_total", "413", "POST", "/predict"] == 1
    assert values["http_requests_total", "404", "GET", "other"] == 1
    assert values["ghep_rejected_total", "body-too-large"] == 1
    assert values["ghep_rejected_total", "silent"] == 1
    assert (values[("ghep_ready",)], values[("ghep_queue_depth",)], values[("ghep_connections",)]) == (1, 0, 1)
    assert values[("ghep_batch_size_sum",)] == 1 and values[("ghep_inference_seconds_count",)] == 1
    assert next(key for key in values if key[0] == "ghep_build_info")[1:3] == ("tiny", "1")
    assert "secret" not in text and "process_resident_memory_bytes" in text
