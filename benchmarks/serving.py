"""``ghep serve`` under load: speed against bare prediction, overload, slow clients, shutdown, memory, hostile uploads.

    scripts/bench serving JOB [MODEL] [INPUTS] [--rounds N]

JOB is one of latency, throughput, overload, concurrent, slow, drain, leak, fuzz. MODEL is a bundle or an export, INPUTS
a folder of images or a file with a text on each line; without them a linear probe on EfficientNet-Lite0 is trained on
generated JPEGs of 500 x 375 pixels. The server is a process of its own. The clients run on the same cores, which counts
against the server: wrk for throughput, if it is installed, else this process.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import random
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

JOBS = ("latency", "throughput", "overload", "concurrent", "slow", "drain", "leak", "fuzz")
CLOSE = 1e-4
"""Largest difference of a probability from the one of bare prediction: batches of another size sum in another order."""


@dataclass(frozen=True)
class Reply:
    status: int
    body: bytes
    seconds: float
    retry_after: str = ""


class Client:
    """One HTTP/1.1 connection that stays open; opened again when the server closes it."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.address = address
        self.streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, method: str, path: str, body: bytes = b"", kind: str = "application/octet-stream") -> Reply:
        started = time.perf_counter()
        if self.streams is None:
            self.streams = await asyncio.open_connection(*self.address)
        reader, writer = self.streams
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\n"
        head += f"Content-Length: {len(body)}\r\n\r\n"
        try:
            writer.write(head.encode() + body)
            await writer.drain()
            told = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            content = await reader.readexactly(int(re.search(r"content-length: (\d+)", told)[1]))
        except BaseException:
            self.close()
            raise
        if "connection: close" in told:
            self.close()
        again = re.search(r"retry-after: (\d+)", told)
        return Reply(int(told.split(" ", 2)[1]), content, time.perf_counter() - started, again[1] if again else "")

    def close(self) -> None:
        if self.streams is not None:
            self.streams[1].close()
            self.streams = None


class Served:
    """The server as a process."""

    def __init__(self, model: Path, *options: str) -> None:
        self.log = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed by __exit__
        command = [sys.executable, "-m", "ghep", "serve", str(model), "--port", "0", "--no-log-requests", *options]
        started = time.perf_counter()
        self.process = subprocess.Popen(command, stderr=self.log, stdout=subprocess.DEVNULL)
        while True:
            self.log.seek(0)
            said = self.log.read()
            if '"ready"' in said:
                break
            if self.process.poll() is not None:
                raise SystemExit(said)
            time.sleep(0.02)
        self.seconds_to_ready = time.perf_counter() - started
        host, port = re.search(r"http://([^:]+):(\d+)", said).groups()
        self.address = (host, int(port))

    def __enter__(self) -> Served:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait()
        self.log.close()

    def memory(self) -> tuple[float, int]:
        """Resident memory in MB, and open file descriptors."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        resident = int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024
        return resident, len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))


# Data


def generated(folder: Path) -> tuple[Path, list[bytes]]:
    """A bundle trained on generated photos, and the contents of 100 others."""
    import ghep

    rng = np.random.default_rng(0)
    for kind in ("rows", "columns"):
        (folder / "photos" / kind).mkdir(parents=True)
        for number in range(30):
            (folder / "photos" / kind / f"{number}.jpg").write_bytes(_photo(rng, kind))
    run = ghep.fit(folder / "photos", strategy="linear_probe", out=folder / "run")
    return Path(run.bundle), [_photo(rng, ("rows", "columns")[number % 2]) for number in range(100)]


def _photo(rng: np.random.Generator, kind: str) -> bytes:
    """A JPEG of 500 x 375 pixels, 60 to 90 kB: stripes with noise."""
    wave = np.sin(2 * np.pi * (np.arange(500) / rng.uniform(20, 60) + rng.uniform()))
    field = np.repeat(wave[None, :], 375, axis=0) if kind == "columns" else np.repeat(wave[:375, None], 500, axis=1)
    pixels = 128 + field[..., None] * rng.uniform(30, 60, 3) + rng.normal(0, 12, (375, 500, 3))
    written = io.BytesIO()
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(written, "JPEG", quality=90)
    return written.getvalue()


def read(inputs: Path) -> list[bytes]:
    if inputs.is_dir():
        return [path.read_bytes() for path in sorted(inputs.rglob("*")) if path.suffix.lower() in (".jpg", ".png")][
            :2000
        ]
    return [line.encode() for line in inputs.read_text(encoding="utf-8").splitlines() if line.strip()]


def bare(model: Path):
    from ghep.export.exported import is_export

    if is_export(model):
        from ghep.export.runtime import load

        return load(model)
    import ghep

    return ghep.load(model)


def probabilities(body: bytes) -> list[float]:
    return list(json.loads(body)["predictions"][0]["probabilities"].values())


def right(reply: Reply, expected: Sequence[float]) -> bool:
    return bool(np.allclose(probabilities(reply.body), expected, atol=CLOSE))


def said(name: str, value: object) -> None:
    print(f"{name:44} {value}", flush=True)


def quantiles(seconds: Sequence[float]) -> str:
    ordered = sorted(seconds)
    at = [1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))] for share in (0.5, 0.9, 0.99)]
    return f"p50 {at[0]:.1f} ms, p90 {at[1]:.1f} ms, p99 {at[2]:.1f} ms (n={len(ordered)})"


# Jobs


def latency(model: Path, raws: list[bytes], kind: str) -> None:
    """One client with one connection, against one input at a time in this process, in turns."""
    count = 200
    predictor = bare(model)
    for raw in raws[:5]:
        predictor.predict([raw])
    here, there = [], []
    with Served(model) as server:
        said("seconds from start to ready", f"{server.seconds_to_ready:.1f}")
        client = Client(server.address)

        async def one(raw: bytes) -> None:
            there.append((await client.ask("POST", "/predict", raw, kind)).seconds)

        with asyncio.Runner() as runner:
            for k in range(count):
                raw = raws[k % len(raws)]
                started = time.perf_counter()
                predictor.predict([raw])
                here.append(time.perf_counter() - started)
                runner.run(one(raw))
    said("bare prediction", quantiles(here))
    said("one client", quantiles(there))
    said("difference of the medians", f"{1000 * (statistics.median(there) - statistics.median(here)):+.1f} ms")


async def closed_loop(
    address: tuple[str, int], raws: Sequence[bytes], kind: str, *, clients: int, seconds: float
) -> tuple[list[Reply], float]:
    """``clients`` connections, each with one request at a time."""
    replies: list[Reply] = []
    end = time.perf_counter() + seconds

    async def work(number: int) -> None:
        client = Client(address)
        k = number
        while time.perf_counter() < end:
            replies.append(await client.ask("POST", "/predict", raws[k % len(raws)], kind))
            k += clients
        client.close()

    started = time.perf_counter()
    await asyncio.gather(*map(work, range(clients)))
    return replies, time.perf_counter() - started


def answered(address: tuple[str, int], raws: Sequence[bytes], kind: str, *, clients: int, seconds: float) -> float:
    """Return the requests answered with 200 per second, sent by wrk if it is installed, else by ``closed_loop``."""
    if shutil.which("wrk"):
        return _answered_to_wrk(address, raws, kind, clients=clients, seconds=seconds)
    replies, took = asyncio.run(closed_loop(address, raws, kind, clients=clients, seconds=seconds))
    return sum(reply.status == 200 for reply in replies) / took


def _answered_to_wrk(
    address: tuple[str, int], raws: Sequence[bytes], kind: str, *, clients: int, seconds: float
) -> float:
    with tempfile.TemporaryDirectory() as folder:
        for number, raw in enumerate(raws):
            (Path(folder) / str(number)).write_bytes(raw)
        script = Path(folder) / "post.lua"
        script.write_text(
            f"""
local bodies, k = {{}}, 0
for i = 0, {len(raws) - 1} do
  local file = io.open("{folder}/" .. i, "rb")
  bodies[i] = file:read("*a")
  file:close()
end
request = function()
  k = (k + 1) % {len(raws)}
  return wrk.format("POST", "/predict", {{["Content-Type"] = "{kind}"}}, bodies[k])
end
done = function(summary, latency, requests)
  local bad = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout
  print("answered", (summary.requests - bad) / (summary.duration / 1e6))
end
"""
        )
        url = f"http://{address[0]}:{address[1]}"
        command = ["wrk", "-t", "1", "-c", str(clients), "-d", f"{seconds:.0f}s", "--timeout", "30s", "-s", script, url]
        out = subprocess.run([str(one) for one in command], check=True, capture_output=True, text=True).stdout
    found = re.search(r"answered\s+([0-9.]+)", out)
    assert found, out
    return float(found[1])


def throughput(model: Path, raws: list[bytes], kind: str) -> None:
    """16 clients, against ``predict`` of the same inputs as one list in this process, in turns."""
    said("clients", "wrk" if shutil.which("wrk") else "this process")
    many = (raws * (1 + 512 // len(raws)))[:512]
    predictor = bare(model)
    predictor.predict(many[:64])
    ratios = []
    with Served(model) as server:
        for _ in range(3):
            started = time.perf_counter()
            predictor.predict(many)
            offline = len(many) / (time.perf_counter() - started)
            online = answered(server.address, raws, kind, clients=16, seconds=10)
            ratios.append(online / offline)
            said("predict, then 16 clients, inputs per second", f"{offline:.1f}, {online:.1f} ({online / offline:.0%})")
    said("median share", f"{statistics.median(ratios):.0%} (range {min(ratios):.0%} to {max(ratios):.0%}, n=3)")


def overload(model: Path, raws: list[bytes], kind: str) -> None:
    """Requests arrive at 4 times the rate that 16 clients get answered, whether earlier ones are answered or not."""
    with Served(model, "--queue", "32") as server:
        asyncio.run(closed_loop(server.address, raws, kind, clients=16, seconds=3))
        replies, took = asyncio.run(closed_loop(server.address, raws, kind, clients=16, seconds=8))
        capacity = sum(reply.status == 200 for reply in replies) / took
        found, took = asyncio.run(_open_loop(server.address, raws, kind, rate=4 * capacity, seconds=8))
    good = [reply for reply in found if reply.status == 200]
    refused = [reply for reply in found if reply.status == 503]
    said("capacity with 16 clients", f"{capacity:.1f} per second")
    said("sent at 4 times this rate", f"{len(found)} requests, statuses {dict(Counter(r.status for r in found))}")
    said("answered", f"{len(good) / took:.1f} per second: {len(good) / took / capacity:.0%} of the capacity")
    said("  latency", quantiles([reply.seconds for reply in good]))
    said("refused (503)", quantiles([reply.seconds for reply in refused]) if refused else "none")
    said("  within 50 ms", f"{sum(r.seconds <= 0.05 for r in refused) / max(1, len(refused)):.1%}")


async def _open_loop(
    address: tuple[str, int], raws: Sequence[bytes], kind: str, *, rate: float, seconds: float
) -> tuple[list[Reply], float]:
    replies: list[Reply] = []
    idle: list[Client] = []
    started = time.perf_counter()

    async def one(k: int) -> None:
        reused, sent = bool(idle), time.perf_counter()
        client = idle.pop() if idle else Client(address)
        try:
            reply = await client.ask("POST", "/predict", raws[k % len(raws)], kind)
        except (OSError, asyncio.IncompleteReadError):
            client, reply = Client(address), Reply(0, b"", 0.0)
            if reused:  # the server has closed it after a time without requests
                reply = await client.ask("POST", "/predict", raws[k % len(raws)], kind)
        replies.append(replace(reply, seconds=time.perf_counter() - sent))
        idle.append(client)

    tasks = []
    for k in range(int(rate * seconds)):
        await asyncio.sleep(max(0.0, started + k / rate - time.perf_counter()))
        tasks.append(asyncio.ensure_future(one(k)))
    await asyncio.gather(*tasks)
    return replies, time.perf_counter() - started


def concurrent(model: Path, raws: list[bytes], kind: str) -> None:
    """1,000 requests at once, each on a connection of its own: the right answer, or 503 with Retry-After."""
    predictor = bare(model)
    expected = [list(one.probabilities.values()) for one in predictor.predict(raws) if one.task == predictor.tasks[0]]

    async def run(address: tuple[str, int]) -> Counter[str]:
        async def one(k: int) -> str:
            client = Client(address)
            try:
                reply = await client.ask("POST", "/predict", raws[k % len(raws)], kind)
            except (OSError, asyncio.IncompleteReadError) as error:
                return f"lost: {type(error).__name__}"
            finally:
                client.close()
            if reply.status == 503:
                return "503 with Retry-After" if reply.retry_after else "503 without Retry-After"
            if reply.status != 200:
                return str(reply.status)
            return "right" if right(reply, expected[k % len(raws)]) else "WRONG"

        return Counter(await asyncio.gather(*map(one, range(1000))))

    for options in (("--queue", "64"), ("--queue", "1000", "--connections", "1000")):
        with Served(model, *options) as server:
            said(f"1000 at once, {' '.join(options)}", dict(asyncio.run(run(server.address))))


def slow(model: Path, *_: object) -> None:
    """200 clients that send a byte a second, half of them a header, half a body, while one asks ``/healthz``."""
    header, request = 3.0, 6.0
    with Served(model, "--header-timeout", f"{header}s", "--request-timeout", f"{request}s") as server:
        lives: dict[str, list[float]] = {"header": [], "body": []}

        async def drip(part: str) -> None:
            reader, writer = await asyncio.open_connection(*server.address)
            started = time.perf_counter()
            if part == "body":
                writer.write(b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n")
            ended = asyncio.ensure_future(reader.read())
            head, place = b"GET /healthz HTTP/1.1\r\nX: " + bytes(b"a" * 1000), 0
            with suppress(OSError):
                while not ended.done():
                    writer.write(head[place : place + 1])
                    place += 1
                    await asyncio.wait({ended}, timeout=1)
            lives[part].append(time.perf_counter() - started)
            writer.close()

        async def run() -> list[float]:
            tasks = [asyncio.ensure_future(drip(part)) for part in ("header", "body") for _ in range(100)]
            seconds = []
            client = Client(server.address)
            while not all(task.done() for task in tasks):
                seconds.append((await client.ask("GET", "/healthz")).seconds)
                await asyncio.sleep(0.01)
            client.close()
            return seconds

        said("/healthz meanwhile", quantiles(asyncio.run(run())))
    for part, limit in (("header", header), ("body", request)):
        said(f"longest life of a slow {part}", f"{max(lives[part]):.2f} s (limit {limit:.0f} s, n={len(lives[part])})")


def drain(model: Path, raws: list[bytes], kind: str, *, rounds: int = 5) -> None:
    """SIGTERM while 16 clients send: every request that was sent is answered, and the process exits with 0."""
    counts: Counter[str] = Counter()
    exits = []
    for round_ in range(rounds):
        server = Served(model)

        async def run(server: Served = server, round_: int = round_) -> None:
            stopped = asyncio.Event()

            async def work(number: int) -> None:
                client = Client(server.address)
                while not stopped.is_set():
                    if client.streams is None:
                        try:
                            client.streams = await asyncio.open_connection(*server.address)
                        except OSError:
                            counts["not accepted"] += 1
                            return
                    try:
                        reply = await client.ask("POST", "/predict", raws[number % len(raws)], kind)
                        counts[str(reply.status)] += 1
                    except (OSError, asyncio.IncompleteReadError) as error:
                        counts[f"LOST: {type(error).__name__} {error}"] += 1
                        return

            tasks = [asyncio.ensure_future(work(number)) for number in range(16)]
            await asyncio.sleep(1 + 0.137 * round_)
            server.process.send_signal(signal.SIGTERM)
            await asyncio.gather(*tasks)
            stopped.set()

        asyncio.run(run())
        exits.append(server.process.wait())
        server.log.close()
    said(f"{rounds} times SIGTERM under load", dict(counts))
    said("exit codes", exits)


def leak(model: Path, raws: list[bytes], kind: str) -> None:
    """Mixed requests: good, unusable, refused, forms, metrics. Memory and descriptors after each part."""
    part, parts = 4000, 5
    mixed: list[tuple[str, str, bytes, str]] = []
    form = b'--e\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n%s\r\n--e--\r\n'
    for k in range(part):
        raw = raws[k % len(raws)]
        mixed.append(
            [
                ("POST", "/predict", raw, kind),
                ("POST", "/predict", form % raw, "multipart/form-data; boundary=e"),
                ("POST", "/predict", raw[: len(raw) // 2], kind),
                ("POST", "/predict", b"{", "application/json"),
                ("GET", "/metrics", b"", kind),
                ("GET", f"/{k}", b"", kind),
                ("GET", "/healthz", b"", kind),
                ("POST", "/predict", b"x", "video/mp4"),
            ][k % 8]
        )
    with Served(model) as server:

        async def run() -> None:
            async def work(number: int) -> None:
                client = Client(server.address)
                for method, path, body, content_type in mixed[number::16]:
                    await client.ask(method, path, body, content_type)
                client.close()

            await asyncio.gather(*map(work, range(16)))

        found = [server.memory()]
        for _ in range(parts):
            asyncio.run(run())
            time.sleep(0.3)
            found.append(server.memory())
            said(f"after {(len(found) - 1) * part:,} requests", f"{found[-1][0]:.1f} MB, {found[-1][1]} descriptors")
    said("growth of memory from the first part to the last", f"{found[-1][0] / found[1][0] - 1:+.1%}")


def fuzz(model: Path, raws: list[bytes], kind: str) -> None:
    """Damaged uploads of every kind: never a status of 500 or above."""
    rng = random.Random(0)
    heads = [
        b"SIMPLE  =",
        b"8BPS",
        b"%!PS",
        b"GIF89a",
        b"BM",
        b"II*\0",
        b"RIFF....WEBP",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff",
    ]
    kinds = [
        kind,
        "application/json",
        "multipart/form-data; boundary=e",
        "multipart/form-data",
        "",
        "text/plain; charset=utf-7",
    ]
    kinds += ["application/x-www-form-urlencoded", "image/svg+xml", "application/json; charset=utf-16", "\u00ff/;=;;"]

    def damaged() -> tuple[str, bytes]:
        raw = bytearray(rng.choice(raws))
        for _ in range(rng.randint(0, 20)):
            place = rng.randrange(len(raw))
            action = rng.randrange(4)
            if action == 0:
                raw[place] ^= 1 << rng.randrange(8)
            elif action == 1:
                del raw[place : place + rng.randrange(1000)]
            elif action == 2:
                raw[place:place] = rng.randbytes(rng.randrange(100))
            else:
                raw[: len(head)] = (head := rng.choice(heads))
            if not raw:
                raw = bytearray(b"x")
        body = bytes(raw)
        if rng.random() < 0.3:
            pieces = [
                b"--e\r\n",
                b"--e--\r\n",
                b'Content-Disposition: form-data; name="file"',
                b"\r\n",
                b'; filename="',
                body,
            ]
            body = b"".join(rng.choice(pieces) for _ in range(rng.randint(1, 12)))
        elif rng.random() < 0.2:
            pieces = [
                b'{"inputs"',
                b":",
                b"[",
                b"]",
                b"}",
                b'"',
                b",",
                b"1e999",
                b"null",
                b"\\ud800",
                b"NaN",
                b'"names"',
            ]
            body = b"".join(rng.choice(pieces) for _ in range(rng.randint(1, 20)))
        return rng.choice(kinds), body

    paths = ["/predict", "/", "/v2/models/run/infer", "/predict?a=%00"]
    with Served(model, "--name", "run") as server:

        async def run() -> Counter[int]:
            statuses: Counter[int] = Counter()

            async def work() -> None:
                client = Client(server.address)
                for _ in range(250):
                    content_type, body = damaged()
                    reply = await client.ask(
                        "POST", rng.choice(paths), body, content_type.encode("ascii", "replace").decode()
                    )
                    statuses[reply.status] += 1
                client.close()

            await asyncio.gather(*(work() for _ in range(8)))
            return statuses

        statuses = asyncio.run(run())
        said("2,000 damaged uploads, statuses", dict(sorted(statuses.items())))
        said(
            "500 and above, without 503",
            sum(count for status, count in statuses.items() if status >= 500 and status != 503),
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("job", choices=JOBS)
    parser.add_argument("model", type=Path, nargs="?")
    parser.add_argument("inputs", type=Path, nargs="?")
    parser.add_argument("--rounds", type=int, default=5, help="servers that drain ends while they are busy")
    given = parser.parse_intermixed_args()
    with tempfile.TemporaryDirectory() as folder:
        if given.model is None:
            model, raws = generated(Path(folder))
        else:
            model, raws = given.model, read(given.inputs)
        kind = "application/octet-stream" if given.inputs is None or given.inputs.is_dir() else "text/plain"
        jobs: dict[str, Callable[[Path, list[bytes], str], Awaitable[None] | None]] = {
            job.__name__: job for job in (latency, throughput, overload, concurrent, slow, leak, fuzz)
        }
        jobs["drain"] = partial(drain, rounds=given.rounds)
        jobs[given.job](model, raws, kind)


if __name__ == "__main__":
    main()
