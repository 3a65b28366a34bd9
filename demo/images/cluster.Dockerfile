# SPDX-License-Identifier: GPL-3.0-or-later
# zeus-testbed-cluster: the test bed for hosts of a Mesos cluster. The package lists stay, since roles look into them; gpg checks a source's key,
# and busybox is what containers on such hosts are made of.
ARG TESTBED
FROM ${TESTBED}
RUN printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d && chmod 755 /usr/sbin/policy-rc.d \
 && apt-get update \
 && apt-get install -y --no-install-recommends gpg gpg-agent busybox-static libsasl2-modules \
 && rm -f /usr/sbin/policy-rc.d && rm -rf /var/cache/apt/archives/*.deb
