"""OpenVINO gives the same activations, any number of images, and nobody is told that it was used."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
import torch

from ghep.backbone.catalog import load_backbone
from ghep.comparison.planning.threads import fixed_threads
from ghep.cpus import cores
from ghep.data.text.loader import TextPair
from ghep.errors import ConfigError
from ghep.features.engines.choose import choose_engine, disagreement
from ghep.features.engines.engine import UnavailableError, torch_float32
from ghep.features.engines.openvino import CHUNK, openvino_bfloat16, openvino_float32
from tiny import BLOCKS, SIZE, tiny_backbone
from tiny_texts import texts, write_family

INPUTS = torch.randn(CHUNK + 3, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(1))
ROOT = Path(__file__).parents[3]


def test_a_missing_openvino_is_explained_when_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r'OpenVINO is not installed\n  pip install "ghep\[fast\]"'):
        choose_engine(tiny_backbone(), INPUTS, (BLOCKS,), images=10**6, wanted="openvino-float32")
    choice = choose_engine(tiny_backbone(), INPUTS, (BLOCKS,), images=10**6)
    assert not choice.engine.name.startswith("openvino")
    assert [one.code for one in choice.findings] == ["engine-missing"]
    monkeypatch.setattr("platform.machine", lambda: "aarch64")
    assert not choose_engine(tiny_backbone(), INPUTS, (BLOCKS,), images=10**6).findings, "it cannot be installed there"


class TestInstalled:
    """Each of these needs the package."""

    @pytest.fixture(autouse=True)
    def _installed(self) -> None:
        try:
            openvino_float32(tiny_backbone(), (1,))
        except UnavailableError as missing:
            pytest.skip(str(missing))

    @pytest.mark.slow
    @pytest.mark.parametrize("boundaries", [(1, 0, 2, 1), (BLOCKS, 1), (BLOCKS,)])
    @pytest.mark.parametrize("count", [1, CHUNK, CHUNK + 3])
    def test_float32_gives_what_pytorch_gives(self, boundaries: tuple[int, ...], count: int) -> None:
        backbone = tiny_backbone()
        found = openvino_float32(backbone, boundaries)(INPUTS[:count])
        for one, other in zip(found, torch_float32(backbone, boundaries)(INPUTS[:count]), strict=True):
            assert one.dtype == torch.float32
            torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)

    def test_the_second_text_of_a_pair_is_the_second_for_it_too(self, tmp_path: Path) -> None:
        """It subtracts whole numbers as float32, in which not every id is exact."""
        backbone = load_backbone(write_family("bert", tmp_path / "bert")).eval()
        pairs = [TextPair(text, other) for (text, _), (other, _) in zip(texts(8), texts(8, seed=1), strict=True)]
        inputs = backbone.preprocess.collate(backbone.preprocess.encode(pairs))
        last = (len(backbone.blocks()),)
        (found,), (wanted,) = openvino_float32(backbone, last)(inputs), torch_float32(backbone, last)(inputs)
        torch.testing.assert_close(found, wanted, rtol=1e-3, atol=1e-4)

    @pytest.mark.slow
    @pytest.mark.parametrize(
        "name",
        [
            "mobilenetv2_100",
            "mobilenetv3_small_050",
            "resnet18",
            "vit_tiny_patch16_224",
            "swin_tiny_patch4_window7_224",
        ],
    )
    def test_families_at_every_boundary(self, name: str) -> None:
        """Swin's trace holds on to the number of images it was traced with."""
        backbone = load_backbone(f"timm/{name}", random_weights=True)
        size = (backbone.preprocess.height, backbone.preprocess.width)
        inputs = torch.randn(3, 3, *size, generator=torch.Generator().manual_seed(1))
        boundaries = range(len(backbone.blocks()) + 1)
        found = openvino_float32(backbone, boundaries)(inputs)
        for k, one, other in zip(boundaries, found, torch_float32(backbone, boundaries)(inputs), strict=True):
            assert one.shape == other.shape
            assert disagreement(one.flatten(1), other.flatten(1)) < 1e-3, k

    def test_bfloat16_is_near(self) -> None:
        backbone = tiny_backbone()
        try:
            engine = openvino_bfloat16(backbone, (BLOCKS,))
        except UnavailableError as missing:
            pytest.skip(str(missing))
        assert 0 < disagreement(engine(INPUTS)[0], torch_float32(backbone, (BLOCKS,))(INPUTS)[0]) < 0.05
        assert not engine.exact and engine.identity.startswith("openvino-bfloat16/20")

    def test_what_was_given_out_stays_when_the_engine_runs_again(self) -> None:
        engine = openvino_float32(tiny_backbone(), (1,))
        (first,) = engine(INPUTS[:2])
        kept = first.clone()
        engine(INPUTS[2:4])
        assert torch.equal(first, kept)

    def test_training_the_backbone_does_not_reach_into_the_engine(self) -> None:
        backbone = tiny_backbone()
        engine = openvino_float32(backbone, (BLOCKS,))
        before = engine(INPUTS)[0]
        with torch.no_grad():
            for parameter in backbone.parameters():
                parameter.fill_(0.5)
        assert torch.equal(engine(INPUTS)[0], before)

    def test_the_backbone_is_left_as_it_was(self) -> None:
        backbone = tiny_backbone().train()
        hooks = [dict(module._forward_hooks) for module in backbone.modules()]
        openvino_float32(backbone, (1, BLOCKS))
        assert all(module.training for module in backbone.modules())
        assert hooks == [dict(module._forward_hooks) for module in backbone.modules()]
        assert all(parameter.requires_grad for parameter in backbone.parameters())

    @pytest.mark.slow
    @pytest.mark.skipif(not hasattr(os, "sched_getaffinity") or cores() < 2, reason="Linux with two cores")
    def test_its_threads_may_run_on_every_core(self) -> None:
        """OpenVINO pins threads to the first cores unless told: two processes would share a core, one core idle."""
        with fixed_threads(1):
            engine = openvino_float32(tiny_backbone(), (BLOCKS,))
        seen: set[int] = set()
        with ThreadPoolExecutor(1) as pool:
            passes = pool.submit(lambda: [engine(INPUTS) for _ in range(100)])
            while not passes.done():
                for thread in Path("/proc/self/task").iterdir():
                    with suppress(ProcessLookupError):  # it ended just now
                        seen.add(len(os.sched_getaffinity(int(thread.name))))
            passes.result()
        assert seen == {cores()}

    @pytest.mark.slow
    def test_nobody_is_told(self) -> None:
        """A process of its own, in which whatever opens a socket or starts a program ends it."""
        watched = f"""
import sys
sys.path[:0] = [{str(ROOT / "tests")!r}]
import torch
from tiny import BLOCKS, SIZE, tiny_backbone
from tiny_texts import texts, write_family
from ghep.features.engines.openvino import openvino_float32

def watch(event, arguments):
    if event.startswith(("socket.", "urllib.", "http.", "subprocess.", "os.posix_spawn", "os.fork")):
        print("TOLD", event, arguments, flush=True)

sys.addaudithook(watch)
openvino_float32(tiny_backbone(), (1, BLOCKS))(torch.zeros(3, 3, SIZE, SIZE))
sent = [name for name in sys.modules if name.startswith("openvino_telemetry")]
print("openvino" in sys.modules, sent)
"""
        done = subprocess.run([sys.executable, "-c", watched], capture_output=True, text=True, timeout=120)
        assert done.stdout.strip() == "True []", done.stdout + done.stderr

    @pytest.mark.slow
    def test_a_signal_is_handled_after_engines_are_gone(self) -> None:
        """In a process of its own: a signal that finds no stack for its handler ends it without a word."""
        script = f"""
import signal, sys
sys.path[:0] = [{str(ROOT / "tests")!r}]
from tiny import BLOCKS, tiny_backbone
from ghep.features.engines.openvino import openvino_float32

signal.signal(signal.SIGTERM, lambda *_: print("handled"))
first, second = (openvino_float32(tiny_backbone(), (BLOCKS,)) for _ in range(2))
del first
del second
signal.raise_signal(signal.SIGTERM)
"""
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120)
        assert (done.returncode, done.stdout) == (0, "handled\n"), done.stderr
