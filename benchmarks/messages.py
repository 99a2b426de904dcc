"""What the message catalogue costs: to cut it into messages, to parse all of it, and to write the first message.

    scripts/bench messages [--rounds 5]

Prints the median and the range over the rounds; the first message is written in a fresh process each time.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from importlib.resources import files

from fluent.runtime import FluentResource

from ghep.messages import catalogue, sources_in

FIRST = "import time, ghep.messages as m; t = time.perf_counter(); m.text_of('no-data'); print(time.perf_counter() - t)"


def main() -> None:
    """Print the three times."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    texts = [
        file.read_text(encoding="utf-8")
        for file in (files("ghep.messages") / "en").iterdir()
        if file.name.endswith(".ftl")
    ]
    times: dict[str, list[float]] = {"cut": [], "parse all": [], "first message": []}
    for _ in range(rounds):
        began = time.perf_counter()
        for text in texts:
            sources_in(text)
        times["cut"].append(time.perf_counter() - began)
        began = time.perf_counter()
        for text in texts:
            FluentResource(text)
        times["parse all"].append(time.perf_counter() - began)
        done = subprocess.run([sys.executable, "-c", FIRST], capture_output=True, text=True, check=True)
        times["first message"].append(float(done.stdout))
    print(f"{len(catalogue())} messages, {rounds} rounds")
    for name, values in times.items():
        milliseconds = sorted(1000 * value for value in values)
        print(f"{name:14} {statistics.median(milliseconds):7.1f} ms ({milliseconds[0]:.1f} to {milliseconds[-1]:.1f})")


if __name__ == "__main__":
    main()
