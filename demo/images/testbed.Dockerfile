# SPDX-License-Identifier: GPL-3.0-or-later
# zeus-testbed: the base with the Debian packages of the roles already on it, so that demo and tests spend their time on what we wrote.
# A role finds its packages present and has nothing to install; molecule uses the bare base, where roles install everything.
ARG BASE
FROM ${BASE}
RUN printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d && chmod 755 /usr/sbin/policy-rc.d \
 && apt-get update \
 && apt-get install -y --no-install-recommends \
      nginx-light libnginx-mod-http-lua libnginx-mod-http-ndk lua-resty-core lua-resty-lrucache lua-cjson \
      haproxy redis-server redis-tools \
      docker.io python3-docker \
      python3-aiohttp python3-requests python3-redis python3-yaml python3-packaging python3-venv python3-marathon \
      zookeeper default-jre-headless \
      curl iptables logrotate socat \
 && systemctl disable -q nginx haproxy redis-server docker.service docker.socket containerd \
 && rm -f /usr/sbin/policy-rc.d && rm -rf /var/lib/apt/lists/* /var/cache/apt/archives/*.deb
