# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""The fields of a Marathon 1.11 app: their shapes, bounds, and what Marathon writes back when they are not given."""

from __future__ import annotations

from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._shape import (
    Anything,
    Choice,
    Field,
    Flag,
    Items,
    Number,
    OneOf,
    Record,
    Table,
    Text,
)

SEGMENT = r"(([a-z0-9]|[a-z0-9][a-z0-9-]*[a-z0-9])\.)*([a-z0-9]|[a-z0-9][a-z0-9-]*[a-z0-9])"
APP_ID = Text(
    rf"/?{SEGMENT}(/{SEGMENT})*", "an absolute path of lower-case words, digits and inner dashes, such as /production/shop/web/stable"
)
PORT_NAME = Text(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", "lower-case letters, digits and inner dashes")
PORT = Number(0, 65535, whole=True)
SECONDS = Number(0)
COUNT = Number(0, whole=True)
TEXTS = Items(Text())

#: Fields that only the server writes: dropped, so that what was read can be given again.
SERVER_ONLY = frozenset(
    {
        "version",
        "versionInfo",
        "tasks",
        "tasksStaged",
        "tasksRunning",
        "tasksHealthy",
        "tasksUnhealthy",
        "deployments",
        "lastTaskFailure",
        "readinessCheckResults",
        "taskStats",
    }
)

COMMAND = Record({"value": Field(Text(), required=True)})
_HEALTH: dict[str, Field] = {
    "protocol": Field(Choice(("HTTP", "HTTPS", "TCP", "COMMAND", "MESOS_HTTP", "MESOS_HTTPS", "MESOS_TCP")), "HTTP"),
    "path": Field(Text()),
    "portIndex": Field(COUNT),
    "port": Field(PORT),
    "command": Field(COMMAND),
    "gracePeriodSeconds": Field(SECONDS, 300),
    "intervalSeconds": Field(SECONDS, 60),
    "timeoutSeconds": Field(SECONDS, 20),
    "maxConsecutiveFailures": Field(COUNT, 3),
    "delaySeconds": Field(SECONDS, 15),
    "ipProtocol": Field(Choice(("IPv4", "IPv6")), "IPv4"),
    "ignoreHttp1xx": Field(Flag()),
}
HEALTH_CHECK = Record(_HEALTH)
READINESS_CHECK = Record(
    {
        "name": Field(Text(), "readinessCheck"),
        "protocol": Field(Choice(("HTTP", "HTTPS")), "HTTP"),
        "path": Field(Text(), "/"),
        "portName": Field(PORT_NAME, "http-api"),
        "intervalSeconds": Field(SECONDS, 30),
        "timeoutSeconds": Field(SECONDS, 10),
        "httpStatusCodesForReady": Field(Items(Number(100, 999, whole=True), ordered=False), [200]),
        "preserveLastResponse": Field(Flag(), False),
    }
)
PORT_DEFINITION = Record(
    {
        "port": Field(PORT, 0),
        "protocol": Field(Choice(("tcp", "udp", "udp,tcp")), "tcp"),
        "name": Field(PORT_NAME),
        "labels": Field(Table(Text())),
    }
)
PORT_MAPPING = Record(
    {
        "containerPort": Field(PORT, 0),
        "hostPort": Field(PORT),
        "servicePort": Field(PORT, 0),
        "protocol": Field(Choice(("tcp", "udp", "udp,tcp")), "tcp"),
        "name": Field(PORT_NAME),
        "labels": Field(Table(Text())),
        "networkNames": Field(TEXTS),
    }
)
DOCKER = Record(
    {
        "image": Field(Text(shortest=1, expected="an image's name"), required=True),
        "forcePullImage": Field(Flag(), False),
        "privileged": Field(Flag(), False),
        "parameters": Field(Items(Record({"key": Field(Text(), required=True), "value": Field(Text(), required=True)}))),
        "credential": Field(Anything()),
        "pullConfig": Field(Anything()),
    },
    hints={
        "network": "the app's field networks: [{mode: container/bridge}]",
        "portMappings": "the field container.portMappings",
    },
)
VOLUME = Record(
    {
        "containerPath": Field(Text(), required=True),
        "hostPath": Field(Text()),
        "mode": Field(Choice(("RO", "RW"))),
        "external": Field(Anything()),
        "persistent": Field(Anything()),
        "secret": Field(Text()),
    }
)
CONTAINER = Record(
    {
        "type": Field(Choice(("DOCKER", "MESOS")), "DOCKER"),
        "docker": Field(DOCKER),
        "volumes": Field(Items(VOLUME)),
        "portMappings": Field(Items(PORT_MAPPING)),
        "linuxInfo": Field(Anything()),
    }
)
FETCH = Record(
    {
        "uri": Field(Text(shortest=1), required=True),
        "extract": Field(Flag(), True),
        "executable": Field(Flag(), False),
        "cache": Field(Flag(), False),
        "destPath": Field(Text()),
    }
)
NETWORK = Record(
    {
        "mode": Field(Choice(("host", "container", "container/bridge"))),
        "name": Field(Text(shortest=1)),
        "labels": Field(Table(Text())),
    }
)
CHECK = Record(
    {
        "http": Field(Record({"path": Field(Text()), "portIndex": Field(COUNT), "scheme": Field(Choice(("HTTP", "HTTPS")), "HTTP")})),
        "tcp": Field(Record({"portIndex": Field(COUNT)})),
        "exec": Field(Anything()),
        "intervalSeconds": Field(SECONDS, 60),
        "timeoutSeconds": Field(SECONDS, 20),
        "delaySeconds": Field(SECONDS, 15),
    }
)
LIMIT = OneOf(Choice(("unlimited",)), Number(0))
SECRET = Record({"secret": Field(Text(shortest=1), required=True)})
ENV = Table(OneOf(Text(), SECRET, types=(str, int, float, bool)))

_APP: dict[str, Field] = {
    "id": Field(APP_ID, required=True),
    "acceptedResourceRoles": Field(Items(Text(), ordered=False)),
    "args": Field(TEXTS),
    "backoffFactor": Field(Number(1), 1.15),
    "backoffSeconds": Field(SECONDS, 1),
    "check": Field(CHECK),
    "cmd": Field(Text(shortest=2, expected="a command of at least two characters (Marathon's rule)")),
    "constraints": Field(Items(TEXTS, ordered=False)),
    "container": Field(CONTAINER),
    "cpus": Field(Number(0), 1),
    "dependencies": Field(Items(APP_ID, ordered=False)),
    "disk": Field(Number(0), 0),
    "env": Field(ENV),
    "executor": Field(Text(), ""),
    "executorResources": Field(Record({"cpus": Field(Number(0), 0.1), "mem": Field(Number(0), 32), "disk": Field(Number(0), 10)})),
    "fetch": Field(Items(FETCH)),
    "gpus": Field(COUNT, 0),
    "healthChecks": Field(Items(HEALTH_CHECK, ordered=False)),
    "instances": Field(COUNT, 1),
    "killSelection": Field(Choice(("YOUNGEST_FIRST", "OLDEST_FIRST")), "YOUNGEST_FIRST"),
    "labels": Field(Table(Text())),
    "maxLaunchDelaySeconds": Field(SECONDS),
    "mem": Field(Number(0), 128),
    "networks": Field(Items(NETWORK)),
    "portDefinitions": Field(Items(PORT_DEFINITION)),
    "readinessChecks": Field(Items(READINESS_CHECK, most=1)),
    "requirePorts": Field(Flag(), False),
    "residency": Field(Anything()),
    "resourceLimits": Field(Record({"cpus": Field(LIMIT), "mem": Field(LIMIT)})),
    "role": Field(Text()),
    "secrets": Field(Table(Record({"source": Field(Text(), required=True)}))),
    "taskKillGracePeriodSeconds": Field(SECONDS),
    "tty": Field(Flag()),
    "unreachableStrategy": Field(
        OneOf(
            Choice(("disabled",)),
            Record({"inactiveAfterSeconds": Field(SECONDS, 0), "expungeAfterSeconds": Field(SECONDS, 0)}),
        )
    ),
    "upgradeStrategy": Field(
        Record(
            {
                "minimumHealthCapacity": Field(Number(0, 1), required=True),
                "maximumOverCapacity": Field(Number(0, 1), required=True),
            }
        )
    ),
    "user": Field(Text()),
}
APP = Record(
    _APP,
    hints={
        "uris": "fetch: [{uri: …}]",
        "ports": "portDefinitions: [{port: 0, name: …}]",
        "ipAddress": "networks",
        "storeUrls": "fetch: [{uri: …}]",
        "upgrade": "upgradeStrategy",
        "image": "container: {type: DOCKER, docker: {image: …}}",
    },
    ignored=SERVER_ONLY,
)

#: What servers write for a field that was not given, where releases differ or it depends on the site: the server's own value is taken if it
#: is one of these (role: whatever it is), else the first.
SERVER_DEFAULTS: dict[str, tuple[Any, ...]] = {
    "maxLaunchDelaySeconds": (300, 3600),
    "unreachableStrategy": (
        {"inactiveAfterSeconds": 0, "expungeAfterSeconds": 0},
        {"inactiveAfterSeconds": 300, "expungeAfterSeconds": 600},
    ),
}
