# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stages of the demo, in order."""

from __future__ import annotations

import shutil

from zeus_demo import docker, dockerd, hosts, images, preflight, site
from zeus_demo.screen import Screen
from zeus_demo.settings import Settings


def prepare(settings: Settings, screen: Screen) -> None:
    """Docker and the images."""
    with screen.stage("Docker") as stage:
        stage.says(dockerd.ensure(settings))
    with screen.stage("Image: Debian 12") as stage:
        stage.says(images.ensure_root(settings))
    with screen.stage("Images: machines") as stage:
        stage.says(images.ensure_layers(settings))


def start(settings: Settings, screen: Screen, image: str) -> None:
    """Networks, hosts of this image, and the inventory that names them."""
    with screen.stage("Hosts") as stage:
        machines, keys = site.machines(settings), site.keys(settings)
        keys.make(machines)
        hosts.ensure_network(site.network_name(settings, None), settings.center_net, settings.label)
        for datacenter in settings.datacenters:
            hosts.ensure_network(site.network_name(settings, datacenter), datacenter.net, settings.label)
        created = hosts.ensure_machines(machines, image, keys, settings.label)
        site.write(settings)
        stage.says(f"{len(machines)} containers {'started' if created else 'run'}, {len(settings.datacenters)} datacenters")


def up(settings: Settings, screen: Screen) -> None:
    """The whole story."""
    preflight.check(settings)
    prepare(settings, screen)
    start(settings, screen, images.tags()[2])


def bare(settings: Settings, screen: Screen) -> None:
    """Only the hosts, as a site's machines are before the first playbook run: for tests of roles."""
    preflight.check(settings)
    prepare(settings, screen)
    start(settings, screen, images.tags()[1])


def down(settings: Settings, screen: Screen) -> None:
    """Remove everything of the bed: containers, networks, cgroups, its state."""
    with screen.stage(f"Removing the {settings.bed}") as stage:
        removed: list[str] = []
        if docker.answers():
            image = images.tags()[1]
            removed = hosts.remove(settings.label, image if docker.has_image(image) else None)
        shutil.rmtree(settings.home, ignore_errors=True)
        stage.says(f"{len(removed)} containers and networks" if removed else "nothing was there")
