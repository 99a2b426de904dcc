"""What ``ghep push`` sends, and what it refuses to send."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from export.fake_hub import TOKEN, FakeHub, fake_hub
from ghep.cli.app import run
from ghep.errors import BundleError, ConfigError
from ghep.export.push import plan_push, push
from ghep.storage.folder import write_folder

pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")  # of huggingface_hub's own client

FILES = {
    "README.md": b"---\nlibrary_name: timm\n---\n# ants\n",
    "config.json": b'{"architecture": "test_resnet"}',
    "1_Pooling/config.json": b"{}",
    "model.safetensors": bytes(range(256)) * 400,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with write_folder(tmp_path / "ants") as temporary:
        for name, content in FILES.items():
            (temporary / name).parent.mkdir(exist_ok=True)
            (temporary / name).write_bytes(content)
    return tmp_path / "ants"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[FakeHub]:
    """A hub on loopback and an environment in which huggingface_hub finds a token and nothing of this computer."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)  # the fake hub has no such storage
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "no-token"))
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    monkeypatch.delenv("HUGGING_FACE_HUB_TOKEN", raising=False)
    with fake_hub() as running:
        yield running


def test_a_plan_lists_the_files_and_touches_no_network(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "socket", lambda *_, **__: pytest.fail("a socket was opened"))
    (folder / ".DS_Store").touch()
    plan = plan_push(folder, "ann/ants")
    assert dict(plan.files) == {path: (folder / path).stat().st_size for path in [*FILES, "MANIFEST.json"]}
    assert plan.private and plan.left_out == (".DS_Store",)
    assert plan.endpoint == "https://huggingface.co"


def test_the_hub_receives_the_bytes_on_disk(folder: Path, hub: FakeHub) -> None:
    address = push(plan_push(folder, "ann/ants", endpoint=hub.endpoint))
    assert hub.files["ann/ants"] == {**FILES, "MANIFEST.json": (folder / "MANIFEST.json").read_bytes()}
    assert hub.private == {"ann/ants": True}
    assert address.startswith(f"{hub.endpoint}/ann/ants/commit/")


def test_a_name_without_an_owner_is_the_users_and_public_only_on_request(folder: Path, hub: FakeHub) -> None:
    push(plan_push(folder, "ants", endpoint=hub.endpoint, public=True))
    assert hub.private == {"ann/ants": False}
    assert set(hub.files["ann/ants"]) == {*FILES, "MANIFEST.json"}


@pytest.mark.slow
def test_a_second_push_updates_the_repository(folder: Path, hub: FakeHub) -> None:
    push(plan_push(folder, "ann/ants", endpoint=hub.endpoint))
    with write_folder(folder) as temporary:
        (temporary / "README.md").write_text("new")
    push(plan_push(folder, "ann/ants", endpoint=hub.endpoint))
    assert hub.files["ann/ants"]["README.md"] == b"new"


def test_a_private_push_never_goes_into_a_public_repository(folder: Path, hub: FakeHub) -> None:
    hub.private["ann/ants"], hub.files["ann/ants"] = False, {}
    with pytest.raises(ConfigError, match="ann/ants exists and is public; nothing was uploaded"):
        push(plan_push(folder, "ann/ants", endpoint=hub.endpoint))
    assert hub.files["ann/ants"] == {} and not any("preupload" in one for one in hub.requests)
    push(plan_push(folder, "ann/ants", endpoint=hub.endpoint, public=True))
    assert set(FILES) <= set(hub.files["ann/ants"])


def test_the_hub_hears_of_ghep_and_its_client_only(folder: Path, hub: FakeHub) -> None:
    push(plan_push(folder, "ann/ants", endpoint=hub.endpoint))
    assert all("telemetry" not in one for one in hub.requests)
    assert len(hub.agents) <= 2 and any("ghep/" in one for one in hub.agents)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("repository", "code", "fix"),
    [
        ("someone-else/ants", "push-refused-403", "another owner"),
        ("no-such-organisation/ants", "push-refused-404", "check the owner's name"),
        ("busy/ants", "push-refused", "try again later"),
    ],
)
def test_what_the_hub_refuses_is_explained(
    repository: str, code: str, fix: str, folder: Path, hub: FakeHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)  # the client repeats a request that got 503
    with pytest.raises(ConfigError) as caught:
        push(plan_push(folder, repository, endpoint=hub.endpoint))
    assert caught.value.code == code and fix in caught.value.remedy
    assert repository.partition("/")[0] in str(caught.value)


def test_a_wrong_token_is_refused_and_not_shown(
    folder: Path, hub: FakeHub, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_Mistyped")
    with pytest.raises(ConfigError) as caught:
        push(plan_push(folder, "ann/ants", endpoint=hub.endpoint))
    assert caught.value.code == "push-refused-401" and "HF_TOKEN" in caught.value.remedy
    assert "hf_Mistyped" not in f"{caught.value}{capfd.readouterr()}"


def test_no_token(folder: Path, hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_TOKEN")
    with pytest.raises(ConfigError, match="set HF_TOKEN to a token with write access"):
        push(plan_push(folder, "ann/ants", endpoint=hub.endpoint))
    assert hub.requests == []


def test_no_network(folder: Path, hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(ConfigError) as caught:
            push(plan_push(folder, "ann/ants", endpoint=address))
    assert caught.value.code == "push-no-network" and address in str(caught.value)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(ConfigError, match="unset HF_HUB_OFFLINE"):
        push(plan_push(folder, "ann/ants", endpoint=hub.endpoint))


@pytest.mark.parametrize(
    ("repository", "fix"),
    [
        ("https://huggingface.co/ann/ants", "pass ann/ants"),
        ("https://huggingface.co", "pass OWNER/NAME"),
        ("ann/ants/model", "pass OWNER/NAME"),
        ("ann/two words", "pass OWNER/NAME"),
        ("", "pass OWNER/NAME"),
        ("ann/..", "pass OWNER/NAME"),
    ],
)
def test_names_that_no_repository_can_have(repository: str, fix: str, folder: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        plan_push(folder, repository)
    assert fix in caught.value.remedy


def test_arguments_in_the_other_order(folder: Path) -> None:
    with pytest.raises(ConfigError, match=r"the folder comes first: ghep push .*ants ann/ants"):
        plan_push("ann/ants", str(folder))


def test_a_folder_with_other_files_is_refused(folder: Path) -> None:
    (folder / "notes.txt").write_text("passwords")
    with pytest.raises(BundleError, match=r"holds notes.txt, which MANIFEST.json does not list"):
        plan_push(folder, "ann/ants")


def test_a_damaged_folder_is_refused(folder: Path) -> None:
    (folder / "config.json").write_bytes(FILES["config.json"].replace(b"resnet", b"resnot"))
    with pytest.raises(BundleError, match=r"config\.json"):
        plan_push(folder, "ann/ants")


def test_a_folder_of_another_program_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secrets.txt").write_text("x")
    with pytest.raises(BundleError, match=r"MANIFEST\.json"):
        plan_push(tmp_path, "ann/ants")


def test_the_command_uploads_only_with_yes(
    folder: Path, hub: FakeHub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "ENDPOINT", hub.endpoint)
    assert run(["push", str(folder), "ann/ants"]) == 0
    shown = capsys.readouterr().out
    assert "would upload to ann/ants (private" in shown and "repeat with --yes" in shown
    assert all(name in shown for name in FILES) and "102,400  model.safetensors" in shown
    assert hub.requests == []
    assert run(["push", str(folder), "ann/ants", "--yes", "--json"]) == 0
    said = capsys.readouterr()
    told = json.loads(said.out)
    assert told["commit"].startswith(hub.endpoint) and told["private"] is True
    assert set(hub.files["ann/ants"]) == {*FILES, "MANIFEST.json"}
    assert TOKEN not in said.out + said.err


def test_the_command_says_what_is_wrong(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["push", str(folder), "https://huggingface.co/ann/ants", "--yes"]) == 2
    assert "fix: pass ann/ants" in capsys.readouterr().err
