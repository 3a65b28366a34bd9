# SPDX-License-Identifier: GPL-3.0-or-later
# zeus-testbed-base: what a site's Debian 12 machine is before the first playbook run: systemd, ssh, Python. Nothing of the roles.
ARG ROOT
FROM ${ROOT}
ENV container=docker DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
STOPSIGNAL SIGRTMIN+3
# Units that fight over what containers share with the machine (consoles, udev, the machine's clock) are masked; ssh keys are made per host, never shared.
RUN printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d && chmod 755 /usr/sbin/policy-rc.d \
 && apt-get update \
 && apt-get install -y --no-install-recommends systemd systemd-sysv dbus python3 python3-apt openssh-server ca-certificates iproute2 procps libeatmydata1 \
 && systemctl mask -q getty.target console-getty.service systemd-udevd.service systemd-timesyncd.service apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer \
 && rm -f /usr/sbin/policy-rc.d /etc/ssh/ssh_host_*_key* && rm -rf /var/lib/apt/lists/* /var/cache/apt/archives/*.deb
# Redis's unit asks for a user namespace of its own, which a container may not make. On a machine the unit runs as Debian ships it.
RUN mkdir -p /etc/systemd/system/redis-server.service.d \
 && printf '[Service]\nPrivateUsers=no\n' > /etc/systemd/system/redis-server.service.d/testbed.conf
# What is written here is kept for as long as the machine runs; only its power cut could tell the difference, and no test has one. A disk that many
# share, though, may hold up whoever waits for it (fsync) by half a minute, which ends sessions of ZooKeeper.
# The second half proves it: fsync itself refuses pipes.
RUN echo libeatmydata.so > /etc/ld.so.preload && python3 -c 'import os; os.fsync(os.pipe()[1])'
# A site without a package index puts wheels on its machines; so do we.
COPY wheels /opt/wheels
# Not for what is tested, but for how long it takes.
COPY zip_bytecode.py /usr/lib/python3/dist-packages/testbed_zip_bytecode.py
RUN echo 'import testbed_zip_bytecode' > /usr/lib/python3/dist-packages/testbed.pth
CMD ["/sbin/init"]
