# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m zeus_demo up | bare | release | down | images | image | stop-docker``: what the Makefile and molecule call."""

from __future__ import annotations

import sys

from zeus_demo import dockerd, images, preflight, story
from zeus_demo.errors import DemoError
from zeus_demo.screen import Screen
from zeus_demo.settings import Settings


def main(arguments: list[str]) -> int:
    commands = {
        "up": story.up,
        "bare": story.bare,
        "release": _release,
        "down": story.down,
        "images": _images,
        "image": _image,
        "stop-docker": _stop_docker,
    }
    if len(arguments) != 1 or arguments[0] not in commands:
        print(f"usage: python -m zeus_demo {' | '.join(commands)}", file=sys.stderr)
        return 2
    try:
        settings = Settings.from_environment()
        commands[arguments[0]](settings, Screen(settings.verbose))
    except DemoError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ninterrupted; `make demo-down` removes what was started", file=sys.stderr)
        return 130
    return 0


def _release(settings: Settings, screen: Screen) -> None:
    """The story's gray release, on datacenters that somebody else set up."""
    story.release(settings, screen)


def _images(settings: Settings, screen: Screen) -> None:
    """Docker and the test bed's images, for the tests that need no demo."""
    preflight.check_docker()
    story.prepare(settings, screen)


def _image(settings: Settings, screen: Screen) -> None:
    """Print the tags that tests use: the bare one and the one with packages."""
    screen.line(f"{images.tags().base} {images.tags().testbed}")


def _stop_docker(settings: Settings, screen: Screen) -> None:
    """Stop the daemon that we started by hand; one that was there before us is left alone."""
    if dockerd.stop_ours(settings):
        screen.line("Docker's daemon, which make had started, is stopped")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
