"""The files of recipes/cluster are complete, agree with each other and with the package, and open nothing to others."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from ghep import __version__

ROOT = Path(__file__).parents[1]
RECIPE = ROOT / "recipes" / "cluster"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
TEXTS = {path.name: path.read_text(encoding="utf-8") for path in RECIPE.iterdir() if path.is_file()}
DOCKERFILE = TEXTS["Dockerfile"]
(RAY,) = re.findall(r"^ARG RAY_VERSION=(\S+)$", DOCKERFILE, re.MULTILINE)


def manifests() -> dict[str, dict[str, Any]]:
    """Return kind -> manifest."""
    return {one["kind"]: one for one in yaml.safe_load_all(TEXTS["kubernetes.yaml"])}


def pods() -> dict[str, dict[str, Any]]:
    """Return name -> template of each pod."""
    found, cluster = manifests(), manifests()["RayCluster"]["spec"]
    groups = {group["groupName"]: group["template"] for group in cluster["workerGroupSpecs"]}
    return {"head": cluster["headGroupSpec"]["template"], **groups, "driver": found["Job"]["spec"]["template"]}


def hosts() -> dict[str, dict[str, Any]]:
    """Return name -> service of the compose file."""
    services: dict[str, dict[str, Any]] = yaml.safe_load(TEXTS["compose.yaml"])["services"]
    return services


def ray_starts() -> list[str]:
    """Return the options of every ``ray start`` in the recipe, with dashes as on the command line."""
    cluster = manifests()["RayCluster"]["spec"]
    params = [cluster["headGroupSpec"]["rayStartParams"]]
    params += [group["rayStartParams"] for group in cluster["workerGroupSpecs"]]
    lines = [" ".join(f"--{name}" for name in one) for one in params]
    lines += [one["command"] for one in hosts().values()] + pods()["driver"]["spec"]["containers"][0]["args"]
    script = TEXTS["ray-node"].replace('"${ports[@]}"', re.findall(r"^ports=\((.*)\)$", TEXTS["ray-node"], re.M)[0])
    return [*lines, *(line.split("exec ")[1] for line in script.splitlines() if "exec ray start" in line)]


def test_the_manifests_have_what_kubernetes_and_kuberay_need() -> None:
    found = manifests()
    assert set(found) == {"Namespace", "PersistentVolumeClaim", "NetworkPolicy", "RayCluster", "Job"}
    assert found["RayCluster"]["apiVersion"] == "ray.io/v1" and found["Job"]["apiVersion"] == "batch/v1"
    for kind, one in found.items():
        assert one["metadata"]["name"] == "ghep"[: len(one["metadata"]["name"])] or kind == "Job"
        assert kind == "Namespace" or one["metadata"]["namespace"] == found["Namespace"]["metadata"]["name"]
    assert found["PersistentVolumeClaim"]["spec"]["accessModes"] == ["ReadWriteMany"], "every pod writes there"
    for template in pods().values():
        claims = {volume["name"]: volume.get("persistentVolumeClaim") for volume in template["spec"]["volumes"]}
        assert claims["shared"] == {"claimName": found["PersistentVolumeClaim"]["metadata"]["name"]}
        (container,) = template["spec"]["containers"]
        assert {one["name"] for one in container["volumeMounts"]} == set(claims)
        assert container["resources"]["limits"]["memory"] == container["resources"]["requests"]["memory"]
    group = found["RayCluster"]["spec"]["workerGroupSpecs"][0]
    assert group["minReplicas"] <= group["replicas"] <= group["maxReplicas"]


def test_the_driver_joins_the_cluster_of_the_manifest() -> None:
    cluster = manifests()["RayCluster"]["metadata"]["name"]
    (command,) = pods()["driver"]["spec"]["containers"][0]["args"]
    assert f"--address={cluster}-head-svc:6379 " in command, "the name that KubeRay gives the head's service"
    assert "--num-cpus=0" in command and command.endswith("--ray auto")
    assert pods()["driver"]["spec"]["restartPolicy"] == "OnFailure"


def test_the_versions_agree() -> None:
    cluster = manifests()["RayCluster"]["spec"]
    (wanted,) = map(Requirement, PROJECT["optional-dependencies"]["cluster"])
    assert wanted.name == "ray" and RAY in wanted.specifier and cluster["rayVersion"] == RAY
    (python,) = re.findall(r"^FROM python:([\d.]+)-slim$", DOCKERFILE, re.MULTILINE)
    assert python in SpecifierSet(PROJECT["requires-python"])
    (extras,) = re.findall(r"/opt/ghep\[([\w,]+)\]", DOCKERFILE)
    assert "cluster" in extras.split(",") and set(extras.split(",")) <= set(PROJECT["optional-dependencies"])
    images = {one["image"] for template in pods().values() for one in template["spec"]["containers"]}
    images |= {one["image"] for one in hosts().values()}
    images |= set(re.findall(r"-t (\S+)", TEXTS["Dockerfile"] + TEXTS["README.md"]))
    assert images == {f"ghep:{__version__}"}, "a name without a host: who builds the image says where it is"


def test_nothing_is_reported_and_nothing_is_public() -> None:
    assert "RAY_USAGE_STATS_ENABLED=0" in DOCKERFILE and "RAY_USAGE_STATS_ENABLED=0" in TEXTS["ray-node"]
    for template in pods().values():
        (container,) = template["spec"]["containers"]
        assert {"name": "RAY_USAGE_STATS_ENABLED", "value": "0"} in container["env"]
        assert "ports" not in container and not template["spec"]["automountServiceAccountToken"]
    for service in hosts().values():
        assert service["environment"]["RAY_USAGE_STATS_ENABLED"] == "0"
    assert all("--disable-usage-stats" in line for line in ray_starts())
    head = manifests()["RayCluster"]["spec"]["headGroupSpec"]
    assert head["serviceType"] == "ClusterIP" and head["rayStartParams"]["include-dashboard"] == "false"
    assert all("--include-dashboard=false" in line for line in ray_starts() if "--head" in line)
    for template in pods().values():
        passed = {one["name"]: one for one in template["spec"]["containers"][0]["env"]}
        assert passed["RAY_AUTH_MODE"]["value"] == "token" and "secretKeyRef" in passed["RAY_AUTH_TOKEN"]["valueFrom"]
    for service in hosts().values():
        assert (
            service["environment"]["RAY_AUTH_MODE"] == "token" and "TOKEN" in service["environment"]["RAY_AUTH_TOKEN"]
        )
    assert "RAY_AUTH_MODE=token" in TEXTS["ray-node"]
    policy = manifests()["NetworkPolicy"]["spec"]
    (rule,) = policy["ingress"]
    (source,) = rule["from"]
    assert policy["policyTypes"] == ["Ingress"] and source["podSelector"] == policy["podSelector"]
    for name, template in pods().items():
        assert template["metadata"]["labels"] == policy["podSelector"]["matchLabels"], name


def test_the_hosts_use_the_ports_that_the_readme_names() -> None:
    known = set(re.findall(r"\d{4,5}", TEXTS["README.md"].split("| port |")[1].split("\n\n")[0]))
    for line in ray_starts():
        ports = set(re.findall(r"-port=(\d+)", line)) | set(re.findall(r"(?<=:)\d+", line))
        assert ports <= known, line
    assert any("--max-worker-port" in line for line in ray_starts())
    assert "ray-node" in TEXTS["README.md"] and all(name in TEXTS["README.md"] for name in TEXTS if name != "README.md")


def test_the_script_says_how_it_is_called() -> None:
    found = subprocess.run([RECIPE / "ray-node", "jion"], capture_output=True, text=True, check=False)
    assert found.returncode == 2 and "ray-node join HEAD SELF" in found.stderr


@pytest.mark.slow
def test_without_the_token_of_the_head_a_host_is_told_what_to_do(tmp_path: Path) -> None:
    environment = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": str(tmp_path)}
    command = [RECIPE / "ray-node", "join", "10.0.0.1", "10.0.0.2"]
    found = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert found.returncode == 2 and "copy its file ~/.ray/auth_token" in found.stderr


@pytest.mark.slow
def test_ray_knows_every_option() -> None:
    scripts = pytest.importorskip("ray.scripts.scripts")
    known = {name for parameter in scripts.start.params for name in (*parameter.opts, *parameter.secondary_opts)}
    assert all(set(re.findall(r"--[a-z-]+", line.split("&&")[0])) <= known for line in ray_starts())
    assert "health-check" in scripts.cli.commands and len(ray_starts()) == 7
