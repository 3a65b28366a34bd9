# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stages of the demo, in order."""

from __future__ import annotations

import shutil
from typing import Any

from zeus_demo import clients, docker, dockerd, ending, hosts, images, preflight, site
from zeus_demo.errors import DemoError
from zeus_demo.playbooks import fleet
from zeus_demo.sample import Sample
from zeus_demo.screen import Screen
from zeus_demo.settings import SUITES, Settings

ENVIRONMENT = "production"
USERS = 400
SHARES = (5, 10, 50)


def prepare(settings: Settings, screen: Screen) -> None:
    """Docker and the images."""
    with screen.stage("Docker") as stage:
        stage.says(dockerd.ensure(settings))
    with screen.stage(f"Image: Debian {SUITES[settings.suite]}") as stage:
        stage.says(images.ensure_root(settings, settings.suite))
    with screen.stage("Images: machines") as stage:
        stage.says(images.ensure_layers(settings, cluster=settings.image == "cluster"))


def start(settings: Settings, screen: Screen, image: str) -> None:
    """Networks, hosts of this image, and the inventory that names them."""
    with screen.stage("Hosts") as stage:
        preflight.check_networks(settings)
        machines, keys = site.machines(settings), site.keys(settings)
        keys.make(machines)
        owner = site.owner(settings)
        replaced = owner.foreign()
        if replaced:
            hosts.remove(settings.label, image)
        hosts.ensure_network(site.network_name(settings, None), settings.center_net, owner)
        for datacenter in settings.datacenters:
            hosts.ensure_network(site.network_name(settings, datacenter), datacenter.net, owner)
        created = hosts.ensure_machines(machines, image, keys, owner)
        site.write(settings)
        how = "started in place of another checkout's" if replaced else "started" if created else "run"
        stage.says(f"{len(machines)} containers {how}, {len(settings.datacenters)} datacenters")


def up(settings: Settings, screen: Screen) -> None:
    """The whole story."""
    preflight.check(settings)
    prepare(settings, screen)
    start(settings, screen, images.tags(settings.suite).testbed)
    with screen.stage("Site: engine, stores, routers (zeus.paas.site)") as stage:
        stage.says(fleet(settings, "site").changes())
    proven, shares = release(settings, screen)
    ending.tell(settings, screen, proven, shares)


def release(settings: Settings, screen: Screen) -> tuple[list[tuple[clients.Ask, str]], list[tuple[int, dict[str, int]]]]:
    """A gray release of the shop, from its first version to its second, on datacenters that run.

    Returns what was asked of the last one's router with the rule that decided, and the users per share and datacenter.
    """
    sample = Sample(settings)
    sample.lay_down()
    with screen.stage("Shop 1.0 runs (zeus.paas.deploy)") as stage:
        variables = {"project": str(sample.project), "environment_name": ENVIRONMENT}
        fleet(settings, "deploy", variables)
        stage.says(_versions(settings))
    sample.add_gray()
    sample.share(SHARES[0])
    with screen.stage("2.0 beside it, policy, binding (zeus.paas.gray)"):
        _gray(settings, sample, "deploy", "policy", "bind")
    with screen.stage("Each condition, through each router") as stage:
        rules = {datacenter.name: clients.prove_conditions(settings, datacenter) for datacenter in settings.datacenters}
        stage.says(f"{sum(map(len, rules.values()))} requests went where the policy says")
    shares = _widen(settings, screen, sample)
    with screen.stage("Finish: 2.0 becomes stable") as stage:
        _gray(settings, sample, "finish")
        sample.finish()
        stage.says(_versions(settings))
    return next(iter(rules.values())), shares


def _gray(settings: Settings, sample: Sample, *steps: str) -> None:
    variables: dict[str, Any] = {
        "project": str(sample.project),
        "environment_name": ENVIRONMENT,
        "app": "web",
        "policy_file": str(sample.policy),
        "gray_steps": list(steps),
    }
    fleet(settings, "gray", variables)


def _widen(settings: Settings, screen: Screen, sample: Sample) -> list[tuple[int, dict[str, int]]]:
    """Raise the share; returns, per share, how many of USERS users each datacenter sent to the gray version."""
    inside: dict[str, frozenset[int]] = {}
    counted = []
    for share in SHARES:
        with screen.stage(f"{share} % of the users") as stage:
            if share != SHARES[0]:
                sample.share(share)
                _gray(settings, sample, "widen")
            for datacenter in settings.datacenters:
                users = clients.gray_users(settings, datacenter, USERS)
                if moved := inside.get(datacenter.name, frozenset()) - users:
                    raise DemoError(f"{datacenter.name}: raising the share to {share} % moved {len(moved)} users back to stable")
                inside[datacenter.name] = users
            if len(set(inside.values())) != 1:
                raise DemoError("The datacenters disagree about who sees the gray version")
            counts = {name: len(users) for name, users in inside.items()}
            counted.append((share, counts))
            stage.says(f"{next(iter(counts.values()))} of {USERS}, the same in every datacenter, nobody moved out")
    return counted


def _versions(settings: Settings) -> str:
    """Ask every datacenter's router for the front until it has answered as one version only."""
    answers = clients.ask(settings, [clients.front(datacenter) for datacenter in settings.datacenters for _unused in range(4)])
    found = {(answer["status"], str(answer["body"].get("version")) if answer["status"] == 200 else "-") for answer in answers}
    if len(found) != 1 or next(iter(found))[0] != 200:
        raise DemoError(f"The routers' answers differ or fail: {sorted(found)}")
    return f"every router answers with {next(iter(found))[1]}"


def bare(settings: Settings, screen: Screen) -> None:
    """Only the hosts, as a site's machines are before the first playbook run: for tests of roles."""
    preflight.check(settings)
    prepare(settings, screen)
    start(settings, screen, images.tags(settings.suite)._asdict()[settings.image])


def down(settings: Settings, screen: Screen) -> None:
    """Remove everything of the bed: containers, networks, cgroups, its state."""
    with screen.stage(f"Removing the {settings.bed}") as stage:
        removed: list[str] = []
        if docker.answers():
            image = images.tags(settings.suite).base
            removed = hosts.remove(settings.label, image if docker.has_image(image) else None)
        shutil.rmtree(settings.home, ignore_errors=True)
        stage.says(f"{len(removed)} containers and networks" if removed else "nothing was there")
